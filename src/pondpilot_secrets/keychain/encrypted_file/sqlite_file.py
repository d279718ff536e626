"""The encrypted file on the disk: opened, also where it can only be read, and its errors put into words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.secure.secret_files import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_TIMEOUT = 5.0

_PRAGMAS: tuple[str, ...] = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
if sys.platform == "darwin":
    _PRAGMAS += ("fullfsync = ON",)  # macOS's plain fsync leaves the data in the disk's own cache


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the file, or make it; raises `VaultError` (1018). Where its folder cannot be written to, it is read only."""
    if create:
        try:
            make_folder(path.parent)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise VaultError(f"{path} cannot be made: {error.strerror}", hint="is the folder writable?") from error
    elif not path.exists():
        raise VaultError(f"the encrypted file {path} is missing", hint="put it back from a backup")
    frozen = not os.access(path.parent, os.W_OK)
    with translated(path):
        if not frozen:
            _close_to_others(path)
        connection = sqlite3.connect(
            _read_only_address(path) if frozen else str(path),
            uri=frozen,
            timeout=_BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in (*(() if frozen else _PRAGMAS), "cell_size_check = ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
    return connection


def remove_file(path: Path) -> None:
    """Remove an SQLite file, its log first: one that is left alone would be taken for that of the next file of this name."""
    for suffix in ("-wal", "-journal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _close_to_others(path: Path) -> None:
    """Take others' rights on a file that came from a backup, and so on its log; with it a passphrase can be guessed."""
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _read_only_address(path: Path) -> str:
    # SQLite cannot read a WAL file in a folder where it may not write, unless told that nobody else can either.
    immutable = not path.with_name(path.name + "-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the system within a `with` block into ours, which name the file."""
    started = time.monotonic()
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _meaning(path, error, time.monotonic() - started) from error
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        raise damaged(path) from error
    except OSError as error:
        hint = "is the disk full, or the folder read-only?"
        raise VaultError(f"{path} cannot be used: {error.strerror}", hint=hint) from error


def _meaning(path: Path, error: sqlite3.OperationalError, waited: float) -> VaultError | VaultBusyError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return VaultBusyError(f"{path} was kept busy by another process for {waited:.0f} s")
    if code == sqlite3.SQLITE_READONLY:
        return VaultError(f"cannot write {path}: it is read-only", hint="make the file and its folder writable by you")
    if code == sqlite3.SQLITE_FULL:
        return VaultError(f"cannot write {path}: the disk is full", hint="free some space and try again")
    if "UTF-8" in str(error):
        return damaged(path)
    return VaultError(f"{path} cannot be used: {error}", hint="is the disk full, or the file read-only?")


def damaged(path: Path) -> VaultError:
    """The error for a file that opens but does not hold what it should."""
    return VaultError(f"{path} is damaged", hint="put it back from a backup; do not delete it, parts may be recovered")
