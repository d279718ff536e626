"""SQLite files on the disk: opened where they can only be read, closed to other users, and their errors put into words."""

from __future__ import annotations

import os
import sqlite3
import sys
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError, VaultBusyError, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What the sqlite3 module raises; the second when a broken file gets into its own error message."""


def is_frozen(path: Path) -> bool:
    """Whether a file is there that can only be read: SQLite must write beside it, and its folder does not let us."""
    # Not `path.exists()`, which raises for a name that no file can have.
    return not os.access(path.parent, os.W_OK) and os.path.exists(path)  # noqa: PTH110


def read_only_address(path: Path) -> str:
    """Return the URI to open a file with for reading alone.

    SQLite cannot read a WAL file in a folder where it may not write, unless told that nobody else can either.
    """
    immutable = is_frozen(path) and not path.with_name(path.name + "-wal").exists()
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if immutable else ''}"


def close_to_others(path: Path) -> None:
    """Take others' rights on the file and on what SQLite keeps beside it, to which it gives the rights of the file.

    Raises `VaultError` (1018).
    """
    try:
        path.chmod(0o600)
        for suffix in ("-wal", "-shm"):
            try:
                path.with_name(path.name + suffix).chmod(0o600)
            except FileNotFoundError:
                continue
    except OSError as error:
        raise unreachable(path, error) from error


def is_open_to_others(mode: int) -> bool:
    """Whether users other than the owner may read or write a file of this mode (`st_mode`)."""
    return sys.platform != "win32" and bool(mode & 0o077)


def remove(path: Path) -> None:
    """Remove a file, its log first: one that is left alone would be taken for that of the next file of this name."""
    for suffix in ("-wal", "-journal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def unreachable(path: Path, error: OSError) -> VaultError:
    """Return the error for a file that the system does not let us have."""
    return VaultError(
        f"cannot open the vault's file {path}: {error.strerror or error}",
        hint="its folder must be readable and writable by you; POND_HOME names another one",
    )


def map_error(
    path: Path, error: sqlite3.Error | UnicodeDecodeError, damaged: Callable[[Path, str], VaultError]
) -> SecretError:
    """Return our error for one of SQLite, which names the file and what to do.

    `damaged` makes the error for a file that does not hold what it should, from its path and what is wrong with it.
    """
    code = getattr(error, "sqlite_errorcode", None)
    primary = None if code is None else code & 0xFF
    log.debug("sqlite", "%s: %s, code %s", path.name, type(error).__name__, code)
    if isinstance(error, UnicodeDecodeError) or "UTF-8" in str(error):  # the second repeats what it could not decode
        return damaged(path, "its tables are unreadable")
    if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return VaultBusyError(f"another process kept {path} locked for too long")
    if primary == sqlite3.SQLITE_FULL:
        return VaultError(f"cannot write {path}: the disk is full", hint="free some space and try again")
    if primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
        return VaultError(f"cannot write {path}: it is read-only", hint="make the file and its folder writable by you")
    if primary in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR):
        return VaultError(
            f"cannot read or write {path}: {error}", hint="check its folder's rights and the disk it lies on"
        )
    if "no such module" in str(error) or "no such tokenizer" in str(error):
        return VaultError(
            f"this Python's SQLite ({sqlite3.sqlite_version}) lacks the full-text search that {path} was made with",
            hint="use a Python whose SQLite is 3.34 or newer and has FTS5",
        )
    if isinstance(error, sqlite3.ProgrammingError):  # a mistake of our own, and no sign of damage
        return VaultError(f"{path} could not be used: {error}")
    return damaged(path, str(error))
