"""What a dead process left behind is finished or undone at the next open: batches, moves, rekeys and first uses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import VaultBusyError
from pondpilot_secrets.keychain import choose
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from pondpilot_secrets.vault import store_move
from tests.vault.half_done import FIELDS, half_saved
from tests.vault.parts import parts
from tests.vault.stores import open_vault

NAMES = ["n0", "n1", "n2"]


@pytest.mark.parametrize(("written", "kept"), [(0, 0), (1, 0), (2, 0), (3, 3)])
def test_a_batch_that_died_is_kept_as_a_whole_or_not_at_all(home: Path, store: str, written: int, kept: int) -> None:
    with open_vault(home, store) as vault:
        _ = parts(vault).audit
        before = parts(vault).keychain.list_accounts()
        half_saved(vault, NAMES, written)
    with open_vault(home, store) as vault:
        assert len(vault.list_secrets()) == kept
        assert len(set(parts(vault).keychain.list_accounts()) - set(before)) == kept
        vault.delete_secrets([row.name for row in vault.list_secrets()])


def test_a_batch_is_not_confused_with_another(home: Path) -> None:
    with open_vault(home, "file") as vault:
        half_saved(vault, NAMES, 3)
        half_saved(vault, ["other"], 0)
    with open_vault(home, "file") as vault:
        assert [row.name for row in vault.list_secrets()] == ["n0", "n1", "n2"]


def test_a_name_that_an_unsettled_save_holds_is_told_from_one_that_is_taken(home: Path) -> None:
    with open_vault(home, "file") as vault:
        half_saved(vault, NAMES, 0)
        with pytest.raises(VaultBusyError, match="'n0' was interrupted"):
            half_saved(vault, ["n0"], 0)


def accounts_in_system() -> set[str]:
    keychain = choose.open_system()
    try:
        return set(keychain.list_accounts())
    finally:
        keychain.close()


@pytest.mark.usefixtures("keychain_environment")
def test_a_move_that_died_before_the_switch_leaves_nothing_in_the_new_store(home: Path) -> None:
    before = accounts_in_system()
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        opened = parts(vault)
        opened.state.begin_move("system")
        system = choose.open_system()
        store_move._copy(opened.keychain, system, [row.account for row in opened.metadata.list()], None)
        system.close()
        assert accounts_in_system() - before
    with open_vault(home, "file") as vault:
        assert accounts_in_system() == before
        assert not parts(vault).state.is_moving()
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"


@pytest.mark.usefixtures("keychain_environment")
def test_a_move_that_died_after_the_switch_leaves_nothing_in_the_old_store(home: Path) -> None:
    key_file = home.with_suffix(".key")
    with SecretsManager.open(home, "system", key_file=key_file) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        account = vault.find_secret("kept").account
        item = bytes(parts(vault).keychain.get(account))
        vault.move_store("file")
        parts(vault).metadata.set_setting("moving_from", "system")
    keychain = choose.open_system()
    keychain.set(account, item)
    keychain.close()
    with SecretsManager.open(home, key_file=key_file) as vault:
        assert account not in accounts_in_system()
        assert not parts(vault).state.is_moving()
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"


@pytest.mark.parametrize("in_force", [True, False])
def test_a_rekey_that_died_opens_with_the_key_that_is_in_force(home: Path, in_force: bool) -> None:
    old, new = home.with_suffix(".key"), home.with_suffix(".new-key")
    with SecretsManager.open(home, "file", key_file=old) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        parts(vault).state.announce_key_file(new)
        if in_force:
            parts(vault).keychain.rekey([FileKey(new)])
        else:
            FileKey(new).new_parameters("x")  # the file was made, and nothing more
    with SecretsManager.open(home) as vault:
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"
        assert parts(vault).state.key_file == (new if in_force else old)


def test_an_encrypted_file_without_a_secret_is_no_hindrance_to_a_new_vault(home: Path) -> None:
    key_file = home.with_suffix(".key")
    EncryptedFile.create(home / "secrets.db", [FileKey(key_file)]).close()
    with SecretsManager.open(home, "file", key_file=key_file) as vault:
        vault.save_secret("s3", "first", FIELDS, scope="s3://b/")


def test_what_an_interrupted_making_left_does_not_get_into_the_next_file(tmp_path: Path) -> None:
    key = FileKey(tmp_path / "key")
    other = EncryptedFile.create(tmp_path / "other.db", [key])
    other.set("s3:1", b"of another time")  # lies in its write-ahead log until it is closed
    for name in tmp_path.glob("other.db*"):
        shutil.copy(name, tmp_path / name.name.replace("other.db", "secrets.db.new"))

    (tmp_path / "secrets.db.new-journal").write_bytes(b"half a journal")
    other.close()
    made = EncryptedFile.create(tmp_path / "secrets.db", [key])
    assert made.list_accounts() == []
    made.close()
    assert list(tmp_path.glob("secrets.db.new*")) == []


def test_a_key_file_whose_maker_died_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    path = tmp_path / "keys" / "key"
    for call in ("fsync", "link"):
        with monkeypatch.context() as patch:
            patch.setattr("os." + call, die)
            with pytest.raises(KeyboardInterrupt):
                FileKey(path).new_parameters("x")
        assert not path.exists()
    FileKey(path).new_parameters("x")
    content = path.read_bytes()
    assert len(content) == 65
    FileKey(path)._make()  # as another process would that did not see it yet
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o077 == 0


def test_a_key_file_can_be_made_where_there_are_no_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse)
    FileKey(tmp_path / "key").new_parameters("x")
    assert [path.name for path in tmp_path.iterdir()] == ["key"]
    assert len((tmp_path / "key").read_bytes()) == 65


def test_a_half_made_key_file_of_a_rekey_does_not_lock_the_vault(home: Path) -> None:
    with SecretsManager.open(home, "file", key_file=home.with_suffix(".key")) as vault:
        vault.save_secret("s3", "kept", FIELDS, scope="s3://b/")
        parts(vault).state.announce_key_file(home.with_suffix(".torn"))
    home.with_suffix(".torn").touch(0o600)
    with SecretsManager.open(home) as vault:
        assert vault.get_secret("kept").credentials["secret"].expose() == "value"
