"""The marker beside `metadata.db`: an emptied or deleted file does not pass for a new vault."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import (
    VaultError,
)
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from pondpilot_secrets.vault.marker_file import MARKER_FILE, has_marker, leave_marker
from tests.vault.parts import parts

VALUES = {"key_id": "K", "secret": "the-value"}


def open_it(home: Path) -> SecretsManager:
    return SecretsManager.open(home, "file", key_file=home.with_suffix(".key"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "vault"
    with open_it(home) as vault:
        for name in ("lake", "pond", "sea"):
            vault.save_secret("s3", name, {**VALUES, "secret": f"of {name}"}, scope=f"s3://{name}/", tags=["blue"])
    return home


def run(home: Path, sql: str, *parameters: object) -> None:
    connection = sqlite3.connect(home / "metadata.db")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(sql, parameters)
    connection.commit()
    connection.close()


def test_an_emptied_metadata_file_is_not_taken_for_a_new_vault(home: Path) -> None:
    (home / "metadata.db").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(VaultError, match=r"secrets\.db holds secrets") as caught:
            open_it(home)
        assert "backup" in (caught.value.hint or "")


@pytest.mark.parametrize("gone", [False, True], ids=["emptied", "deleted"])
def test_a_lost_metadata_file_over_the_systems_store_is_not_taken_for_a_new_vault(
    tmp_path: Path, keychain_environment: object, gone: bool
) -> None:
    home = tmp_path / "system-vault"
    with SecretsManager.open(home, "system") as vault:
        vault.save_secret("s3", "lake", VALUES)
        number = parts(vault).metadata.setting("vault_id")
    kept = (home / "metadata.db").read_bytes()
    for path in home.glob("metadata.db*"):
        path.unlink()
    if not gone:
        (home / "metadata.db").write_bytes(b"")
    for _ in range(2):
        with pytest.raises(VaultError, match=r"metadata\.db is empty, but .* had a vault") as caught:
            SecretsManager.open(home, "system")
        assert "vault.id" in (caught.value.hint or "")
    assert (home / "vault.id").read_text() == f"{number}\n"
    (home / "metadata.db").write_bytes(kept)
    with SecretsManager.open(home, "system") as vault, vault.get_secret("lake") as secret:
        assert secret.credentials["secret"].expose() == VALUES["secret"]
        vault.delete_secret("lake")


def test_a_mark_that_is_moved_away_lets_a_vault_begin_anew(tmp_path: Path, keychain_environment: object) -> None:
    home = tmp_path / "system-vault"
    for _ in range(2):
        with SecretsManager.open(home, "system") as vault:
            vault.save_secret("s3", "lake", VALUES)
            vault.delete_secret("lake")
        (home / "metadata.db").unlink()
        (home / "vault.id").unlink()


def test_a_vault_from_before_there_were_marks_gets_one(home: Path) -> None:
    (home / "vault.id").unlink()
    with open_it(home) as vault:
        vault.get_secret("lake").close()
        assert (home / "vault.id").read_text() == f"{parts(vault).metadata.setting('vault_id')}\n"


def test_an_encrypted_file_that_nothing_was_put_into_yet_does_not_stand_in_the_way(tmp_path: Path) -> None:
    home = tmp_path / "vault"
    home.mkdir()
    EncryptedFile.create(home / "secrets.db", [FileKey(tmp_path / "lost.key")]).close()
    with open_it(home) as vault:
        vault.save_secret("s3", "lake", VALUES)
        vault.get_secret("lake").close()


def test_a_marker_is_left_once_and_says_which_vault(tmp_path: Path) -> None:
    assert not has_marker(tmp_path)
    leave_marker(tmp_path, "first")
    leave_marker(tmp_path, "second")
    assert has_marker(tmp_path)
    assert (tmp_path / MARKER_FILE).read_text() == "first\n"
    assert (tmp_path / MARKER_FILE).stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_to_goes_without(tmp_path: Path) -> None:
    leave_marker(tmp_path / "absent", "first")
    assert not has_marker(tmp_path / "absent")
