"""The vault's files on the disk: made for their owner alone, and put into words where they are corrupt."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import files

if TYPE_CHECKING:
    from pathlib import Path

of_posix = pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")


@of_posix
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_what_is_not_there_is_made_for_its_owner_alone(path: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        assert files.prepare(path) is False
    finally:
        os.umask(before)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


@of_posix
def test_an_empty_folder_is_closed_and_one_that_serves_other_ends_is_not(tmp_path: Path) -> None:
    empty, used = tmp_path / "empty", tmp_path / "used"
    for folder in (empty, used):
        folder.mkdir()
        folder.chmod(0o755)
    (used / "theirs").touch()
    for folder in (empty, used):
        files.prepare(folder / "metadata.db")
    assert (empty.stat().st_mode & 0o777, used.stat().st_mode & 0o777) == (0o700, 0o755)


@of_posix
def test_it_says_whether_others_may_read_what_is_there(path: Path) -> None:
    files.prepare(path)
    path.chmod(0o644)
    assert files.prepare(path) is True
    path.chmod(0o600)
    assert files.prepare(path) is False


def test_a_file_that_ends_in_its_first_lines_is_not_overwritten(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"SQLite format 3\0")
    with pytest.raises(VaultError, match="it ends in its first lines"):
        files.prepare(path)
    assert path.read_bytes() == b"SQLite format 3\0"


@of_posix
def test_a_link_is_not_followed_to_make_a_file_elsewhere(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir()
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError, match="cannot open"):
        files.prepare(path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder away")
@pytest.mark.parametrize(("folder", "file", "refused"), [(1000, 0, False), (0, 1000, False), (1000, 1000, False)])
def test_root_may_work_on_a_users_vault(path: Path, folder: int, file: int, refused: bool) -> None:
    files.prepare(path)
    os.chown(path.parent, folder, folder)
    os.chown(path, file, file)
    assert files.prepare(path) is refused


def test_text_that_is_not_utf_8_comes_as_surrogates_for_a_while() -> None:
    connection = sqlite3.connect(":memory:")
    query = "SELECT CAST(x'61ff' AS TEXT)"
    with files.lenient_text(connection):
        assert connection.execute(query).fetchone() == ("a\udcff",)
    with pytest.raises(sqlite3.OperationalError):
        connection.execute(query).fetchone()
    connection.close()


def test_a_corrupt_file_names_the_newest_copy_and_the_way_back(path: Path) -> None:
    path.parent.mkdir()
    assert "for example" not in (files.corrupt_file(path, "x").hint or "")
    for version in (1, 2):
        path.with_name(f"metadata.db.v{version}.bak").touch()
    for error in (files.corrupt_file(path, "a page is torn"), files.corrupt_rows(path, "'prod'")):
        assert str(path) in error.message
        assert "metadata.db.v2.bak" in (error.hint or "")
        assert "-wal" in (error.hint or "")
    assert "a page is torn" in files.corrupt_file(path, "a page is torn").message
    assert "'prod'" in files.corrupt_rows(path, "'prod'").message


def test_an_error_of_sqlite_that_says_no_more_is_of_a_corrupt_file(path: Path) -> None:
    error = files.map_error(path, sqlite3.DatabaseError("file is not a database"))
    assert error.message == f"the vault's file {path} is damaged: file is not a database"
