"""SQLite's errors say what happened to which file and what to do; files are closed to others and removed as a whole."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest

from pondpilot_secrets import sqlite_files
from pondpilot_secrets.errors import SecretError, VaultBusyError, VaultError

POSIX = pytest.mark.skipif(os.name != "posix", reason="rights are of POSIX")


def damaged(path: Path, what: str) -> VaultError:
    return VaultError(f"{path.name} is damaged: {what}", hint="a test's own")


def mapped(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> SecretError:
    return sqlite_files.map_error(path, error, damaged)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database in write-ahead-log mode, with a row."""
    path = tmp_path / "vault.db"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x TEXT)")
        connection.execute("INSERT INTO t VALUES ('marker-value')")
    return path


def error_of(path: Path | str, *statements: str, uri: bool = False) -> sqlite3.Error:
    """The error of the last statement, or of opening the file."""
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None, timeout=0, uri=uri)) as connection:
            for statement in statements:
                connection.execute(statement).fetchall()
    except sqlite3.Error as error:
        return error
    raise AssertionError("there was no error")


def test_a_locked_file_is_busy(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        error = mapped(path, error_of(path, "BEGIN IMMEDIATE"))
    assert isinstance(error, VaultBusyError)
    assert str(path) in error.message


def test_a_full_file_says_so(path: Path) -> None:
    error = mapped(path, error_of(path, "PRAGMA max_page_count = 1", "INSERT INTO t VALUES (zeroblob(1000000))"))
    assert (error.code, "the disk is full" in error.message, error.hint) == (
        1018, True, "free some space and try again",
    )  # fmt: skip


def test_a_read_only_file_says_so(path: Path) -> None:
    error = mapped(path, error_of(f"{path.as_uri()}?mode=ro", "DELETE FROM t", uri=True))
    assert "it is read-only" in error.message


def test_a_file_that_cannot_be_opened_names_its_folder(tmp_path: Path) -> None:
    error = mapped(tmp_path / "nowhere" / "x.db", error_of(tmp_path / "nowhere" / "x.db", "SELECT 1"))
    assert "cannot read or write" in error.message
    assert "rights" in str(error.hint)


def test_what_is_no_database_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "vault.db"
    path.write_bytes(b"no database" * 1000)
    error = mapped(path, error_of(path, "SELECT * FROM t"))
    assert (error.message, error.hint) == ("vault.db is damaged: file is not a database", "a test's own")


def test_a_missing_table_is_damage(path: Path) -> None:
    assert (
        mapped(path, error_of(path, "SELECT * FROM missing")).message == "vault.db is damaged: no such table: missing"
    )


def test_a_text_that_is_not_unicode_is_damage_and_is_not_shown(path: Path) -> None:
    error = mapped(path, error_of(path, "SELECT CAST(x'6d61726b6572ff' AS TEXT) AS marker"))
    assert error.message == "vault.db is damaged: its tables are unreadable"
    other = mapped(path, UnicodeDecodeError("utf-8", b"marker\xff", 6, 7, "invalid start byte"))
    assert other.message == error.message


def test_a_missing_search_extension_is_no_damage(path: Path) -> None:
    error = mapped(path, error_of(path, "CREATE VIRTUAL TABLE s USING unknown(x)"))
    assert "lacks the full-text search" in error.message


def test_a_mistake_in_the_program_is_no_damage(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.close()
    with pytest.raises(sqlite3.ProgrammingError) as caught:
        connection.execute("SELECT 1")
    assert "could not be used" in mapped(path, caught.value).message


@POSIX
def test_rights_of_others_are_taken_from_the_file_and_its_log(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("INSERT INTO t VALUES ('more')")
        files = [path, path.with_name("vault.db-wal"), path.with_name("vault.db-shm")]
        for file in files:
            file.chmod(0o644)
            assert sqlite_files.is_open_to_others(file.stat().st_mode)
        sqlite_files.close_to_others(path)
        assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * 3
        assert not sqlite_files.is_open_to_others(path.stat().st_mode)


def test_closing_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="cannot open the vault's file"):
        sqlite_files.close_to_others(tmp_path / "missing.db")


def test_a_file_is_removed_with_its_log(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).touch()
    sqlite_files.remove(path)
    assert list(path.parent.iterdir()) == []
    sqlite_files.remove(path)


def test_a_file_in_a_writable_folder_is_read_through_its_log(path: Path) -> None:
    assert not sqlite_files.is_frozen(path)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("INSERT INTO t VALUES ('in the log')")
        with contextlib.closing(sqlite3.connect(sqlite_files.read_only_address(path), uri=True)) as reader:
            assert reader.execute("SELECT count(*) FROM t").fetchone() == (2,)
            with pytest.raises(sqlite3.OperationalError):
                reader.execute("DELETE FROM t")


def test_a_name_that_no_file_can_have_is_not_frozen() -> None:
    assert not sqlite_files.is_frozen(Path("x" * 5000))
