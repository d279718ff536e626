"""The vault's files on the disk: who may read them, and what to say when they cannot be read."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from pondpilot_secrets import sqlite_files
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.secure.secret_files import make_folder

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from pondpilot_secrets.errors import SecretError

_SMALLEST = 512


def prepare(path: Path) -> bool:
    """Make the vault's folder (0700) and an empty file (0600) where there is none; return whether others may read it.

    A folder that was there already is closed to others only while it is empty: it may serve other ends.
    """
    try:
        found = os.stat(path)  # noqa: PTH116 - 3 µs cheaper, and every command pays it
        _refuse_others(path, found.st_uid)
        if 0 < found.st_size < _SMALLEST:  # SQLite would take it for a new file, and overwrite it
            raise corrupt_file(path, "it ends in its first lines")
        return sqlite_files.is_open_to_others(found.st_mode)
    except FileNotFoundError:
        _create(path)
        return False
    except OSError as error:
        raise sqlite_files.unreachable(path, error) from error


def _create(path: Path) -> None:
    folder = path.parent
    try:
        make_folder(folder)
        _refuse_others(path, 0)
        if sqlite_files.is_open_to_others(folder.stat().st_mode) and not any(folder.iterdir()):
            folder.chmod(0o700)
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0), 0o600))
    except OSError as error:
        raise sqlite_files.unreachable(path, error) from error


def _refuse_others(path: Path, owner_of_file: int) -> None:
    """Refuse a vault that somebody else laid out: who owns its folder can put any file in the place of the vault's.

    Root may work on a user's vault, and a user in a folder of root's.
    """
    if sys.platform == "win32":
        return
    own = os.geteuid()
    if not own:
        return
    owner_of_folder = os.stat(path.parent).st_uid  # noqa: PTH116 - 3 µs cheaper
    if not {owner_of_file, owner_of_folder} <= {own, 0}:
        raise VaultError(
            f"the vault's folder {path.parent} belongs to another user, who could change it under your hands",
            hint="POND_HOME names another one",
        )


@contextlib.contextmanager
def lenient_text(connection: sqlite3.Connection) -> Iterator[None]:
    """Let text that is not UTF-8 come as surrogates, instead of an error for all rows of a query."""
    connection.text_factory = lambda text: text.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        connection.text_factory = str


def corrupt_file(path: Path, what: str) -> VaultError:
    """Return the error for a file that is there but does not hold what it should, naming the way back."""
    return VaultError(
        f"the vault's file {path} is damaged: {what}",
        hint=f"{_put_back(path)}; the credentials themselves rest elsewhere and are not touched by this",
    )


def _put_back(path: Path) -> str:
    copies = sorted(path.parent.glob(f"{path.name}.v*.bak"))
    newest = f", for example {copies[-1]}, which was made before an upgrade" if copies else ""
    return f"move it and its -wal and -shm files away and put back a copy of your own{newest}"


def corrupt_rows(path: Path, names: str) -> VaultError:
    """Return the error for rows that another program or a failing disk changed, and that can be read."""
    return VaultError(
        f"the vault's file {path} is damaged: the entry of {names} is not as it was written",
        hint=f"`pond vault repair` shows what it says now and keeps that, if you agree; or {_put_back(path)}",
    )


def map_error(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> SecretError:
    """Return our error for one of SQLite in `metadata.db`."""
    return sqlite_files.map_error(path, error, corrupt_file)
