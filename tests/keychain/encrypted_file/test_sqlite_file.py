"""The encrypted file on the disk: closed to others, and every way in which it cannot be opened has its error."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from pondpilot_secrets.keychain.encrypted_file.sqlite_file import connect, damaged, mapped_errors


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_every_file_is_closed_to_others_whatever_the_mask(path: Path, key: FileKey) -> None:
    before = os.umask(0)
    try:
        store = EncryptedFile.create(path.parent / "folder" / "secrets.db", [key])
        store.set("s3:a", b"value")
        files = sorted((path.parent / "folder").iterdir())
        assert [file.name for file in files] == ["secrets.db", "secrets.db-shm", "secrets.db-wal"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
        assert stat.S_IMODE((path.parent / "folder").stat().st_mode) == 0o700
        store.close()
    finally:
        os.umask(before)


def test_a_missing_file_is_an_error_and_is_not_made(path: Path, key: FileKey) -> None:
    for use in (lambda: EncryptedFile.open(path, [key]), lambda: EncryptedFile.kinds_of_slots(path)):
        with pytest.raises(VaultError, match="missing") as refused:
            use()
        assert refused.value.code == 1018
    assert not path.exists()


@pytest.mark.parametrize("content", [b"", b"x", b"SQLite format 3\0" + bytes(5000), os.urandom(8192)], ids=len)
def test_a_foreign_file_is_1018(path: Path, key: FileKey, content: bytes) -> None:
    path.write_bytes(content)
    for use in (lambda: EncryptedFile.open(path, [key]), lambda: EncryptedFile.kinds_of_slots(path)):
        with pytest.raises(VaultError) as refused:
            use()
        assert refused.value.code == 1018


def test_a_folder_in_the_files_place_is_1018(path: Path, key: FileKey) -> None:
    path.mkdir()
    with pytest.raises(VaultError):
        EncryptedFile.open(path, [key])


def test_a_file_that_another_process_keeps_busy_is_1021_and_then_works(
    store: EncryptedFile, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store._connection.execute("PRAGMA busy_timeout = 100")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(VaultBusyError) as refused:
        store.set("s3:a", b"value")
    assert refused.value.code == 1021
    assert store.list_accounts() == []  # readers do not wait
    other.execute("ROLLBACK")
    other.close()
    store.set("s3:a", b"value")


def test_a_read_only_copy_can_not_be_written_and_says_so(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set("s3:a", b"value")
    store._connection.execute("PRAGMA query_only = ON")
    with pytest.raises(VaultError, match="it is read-only"):
        store.set("s3:a", b"new")
    assert store.get("s3:a") == b"value"


@pytest.mark.skipif(os.name != "posix", reason="Windows has no mode bits")
def test_a_file_that_a_backup_left_open_to_others_is_closed_to_them(
    store: EncryptedFile, path: Path, key: FileKey
) -> None:
    store.close()
    path.chmod(0o644)
    with contextlib.closing(EncryptedFile.open(path, [key])) as opened:
        opened.set("s3:a", b"a")
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("secrets.db*")}
    assert modes["secrets.db-wal"] == 0o600
    assert set(modes.values()) == {0o600}


def test_errors_within_a_block_are_ours_and_name_the_file(path: Path) -> None:
    for raised in (
        sqlite3.OperationalError("boom"),
        OSError(5, "boom"),
        UnicodeDecodeError("utf-8", b"x", 0, 1, "boom"),
    ):
        with pytest.raises(VaultError, match=r"secrets\.db"), mapped_errors(path):
            raise raised
    with pytest.raises(KeyError), mapped_errors(path):
        raise KeyError


def test_a_damaged_file_is_not_to_be_deleted(path: Path) -> None:
    assert "do not delete it" in str(damaged(path).hint)


def test_a_connection_is_durable_and_overwrites_what_is_deleted(path: Path) -> None:
    with contextlib.closing(connect(path, create=True)) as connection:
        values = {
            name: connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}
    with pytest.raises(VaultError, match="cannot open"):
        connect(path, create=True)
