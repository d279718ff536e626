"""What opens an encrypted file, what does not, and what a key file must be."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, SecretError, UsageError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.secure import SecureString
from tests.keychain.encrypted_file.conftest import passphrase

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


def test_any_of_the_keys_opens_and_no_other(path: Path, tmp_path: Path) -> None:
    first, second = passphrase("horse"), FileKey(tmp_path / "key")
    made = EncryptedFile.create(path, [first, second])
    made.set("s3:a", b"value")
    made.close()
    for keys in ([first], [second], [passphrase("donkey"), second], [FileKey(tmp_path / "missing"), first]):
        opened = EncryptedFile.open(path, keys)
        assert opened.get("s3:a") == b"value"
        opened.close()
    assert EncryptedFile.kinds_of_slots(path) == ("passphrase", "file")


@pytest.mark.parametrize("wrong", ["Horse", "horse ", "hors", "horse\n", "hörse", "x" * 10_000])
def test_a_wrong_passphrase_is_1006_and_is_not_repeated(path: Path, wrong: str) -> None:
    EncryptedFile.create(path, [passphrase("horse")]).close()
    with pytest.raises(DecryptionFailedError) as refused:
        EncryptedFile.open(path, [passphrase(wrong)])
    assert refused.value.code == 1006
    assert wrong not in f"{refused.value} {refused.value.hint}"
    assert "a passphrase" in str(refused.value.hint)


def test_a_passphrase_is_not_normalised(path: Path) -> None:
    EncryptedFile.create(path, [passphrase("é")]).close()
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(path, [passphrase("e\u0301")])


def test_an_empty_passphrase_is_refused_also_for_a_new_file(path: Path) -> None:
    with pytest.raises(DecryptionFailedError, match="empty"):
        EncryptedFile.create(path, [passphrase("")])
    assert not path.exists()
    EncryptedFile.create(path, [passphrase("horse")]).close()
    with pytest.raises(DecryptionFailedError, match="empty"):
        EncryptedFile.open(path, [passphrase("")])


def test_the_key_file_of_another_vault_is_1006(store: EncryptedFile, path: Path, tmp_path: Path) -> None:
    other = FileKey(tmp_path / "other.key")
    EncryptedFile.create(tmp_path / "other.db", [other]).close()
    with pytest.raises(DecryptionFailedError) as refused:
        EncryptedFile.open(path, [other])
    assert refused.value.code == 1006
    assert "key file" in str(refused.value.hint)


def test_without_a_key_of_a_fitting_kind_it_says_what_opens_it(store: EncryptedFile, path: Path) -> None:
    for keys in ([], [passphrase("horse")]):
        with pytest.raises(DecryptionFailedError, match="needs its key") as refused:
            EncryptedFile.open(path, keys)
        assert "POND_KEY_FILE" in str(refused.value.hint)


def test_a_file_that_nothing_opens_is_not_made(path: Path) -> None:
    with pytest.raises(VaultError, match="no key opens"):
        EncryptedFile.create(path, [])
    assert not path.exists()


def test_a_key_file_is_made_for_its_owner_alone_and_kept_when_it_is_there(tmp_path: Path) -> None:
    key = FileKey(tmp_path / "folder" / "key")
    EncryptedFile.create(tmp_path / "one.db", [key]).close()
    content = key.path.read_bytes()
    EncryptedFile.create(tmp_path / "two.db", [key]).close()
    assert key.path.read_bytes() == content
    assert len(set(content)) > 8
    if sys.platform != "win32":
        assert stat.S_IMODE(key.path.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610, 0o644])
def test_a_key_file_that_others_may_touch_is_refused(store: EncryptedFile, path: Path, key: FileKey, mode: int) -> None:
    key.path.chmod(mode)
    with pytest.raises(UsageError, match="can be read by others") as refused:
        EncryptedFile.open(path, [key])
    assert f"chmod 600 '{key.path}'" == refused.value.hint
    key.path.chmod(0o400)
    EncryptedFile.open(path, [key]).close()


@pytest.mark.parametrize("content", [b"", b"x", b"x" * 31])
def test_a_key_file_that_is_too_short_is_refused(tmp_path: Path, path: Path, content: bytes) -> None:
    key = FileKey(tmp_path / "short")
    key.path.write_bytes(content)
    key.path.chmod(0o600)
    with pytest.raises(UsageError, match="too short"):
        EncryptedFile.create(path, [key])
    assert not path.exists()


def test_a_key_file_may_hold_any_bytes_of_any_length(tmp_path: Path, path: Path) -> None:
    key = FileKey(tmp_path / "long")
    key.path.write_bytes(os.urandom(100_000))
    key.path.chmod(0o600)
    EncryptedFile.create(path, [key]).close()
    EncryptedFile.open(path, [key]).close()
    key.path.write_bytes(key.path.read_bytes() + b"\n")
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(path, [key])


def test_a_missing_key_file_is_named_and_never_made_for_a_vault_that_is_there(store: EncryptedFile, path: Path) -> None:
    gone = FileKey(path.with_name("gone.key"))
    with pytest.raises(UsageError, match=r"gone\.key cannot be read") as refused:
        EncryptedFile.open(path, [gone])
    assert "POND_KEY_FILE" in str(refused.value.hint)
    assert not gone.path.exists()


def test_a_key_file_in_a_place_where_none_can_be_is_refused(path: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be made"):
        EncryptedFile.create(path, [FileKey(tmp_path / "file" / "key")])
    with pytest.raises(UsageError, match="cannot be read"):
        EncryptedFile.create(path, [FileKey(tmp_path)])
    assert not path.exists()


def test_a_key_file_that_could_not_be_written_wholly_is_not_left_behind(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        EncryptedFile.create(path, [FileKey(tmp_path / "key")])
    assert not (tmp_path / "key").exists()


def test_a_function_is_asked_for_the_passphrase_only_when_it_is_needed(path: Path, tmp_path: Path) -> None:
    asked: list[SecureString] = []

    def ask() -> SecureString:
        asked.append(SecureString("horse"))
        return asked[-1]

    file = FileKey(tmp_path / "key")
    EncryptedFile.create(path, [PassphraseKey(ask, CHEAPEST), file]).close()
    assert len(asked) == 1
    EncryptedFile.open(path, [file, PassphraseKey(ask, CHEAPEST)]).close()
    assert len(asked) == 1
    EncryptedFile.open(path, [PassphraseKey(ask, CHEAPEST)]).close()
    assert [value.closed for value in asked] == [True, True]


@pytest.mark.usefixtures("keychain_environment")
def test_a_lost_keychain_item_leaves_the_other_ways_in_open(path: Path) -> None:
    keychain = SecretServiceKeychain()
    by_keychain, phrase = KeychainKey(keychain), passphrase("horse")
    EncryptedFile.create(path, [by_keychain, phrase]).close()
    EncryptedFile.open(path, [by_keychain]).close()
    for account in keychain.list_accounts():
        keychain.delete(account)
    EncryptedFile.open(path, [by_keychain, phrase]).close()
    with pytest.raises(DecryptionFailedError, match="gone from the keychain"):
        EncryptedFile.open(path, [by_keychain])
    keychain.close()


def test_closing_wipes_the_key_and_may_be_repeated(store: EncryptedFile) -> None:
    store.set("s3:a", b"value")
    held = store._data_key
    store.close()
    store.close()
    assert held.closed
    with pytest.raises(SecretError):
        store.get("s3:a")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of files")
def test_a_key_file_for_which_there_is_no_room_is_not_left_half_made(tmp_path: Path) -> None:
    code = f"""
import resource
from pathlib import Path
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.encrypted_file import FileKey
resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
try:
    FileKey(Path({str(tmp_path / "pond.key")!r})).new_parameters("id")
except UsageError as error:
    print(error.message)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be made" in done.stdout
    assert list(tmp_path.iterdir()) == []
