"""The encrypted file on the disk: made, and opened, also where it can only be read."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
from typing import TYPE_CHECKING

from pondpilot_secrets import sqlite_files
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.secure.fork_safety import close_inherited
from pondpilot_secrets.secure.secret_files import make_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BUSY_TIMEOUT = 5.0
"""Seconds to wait for another process."""

_PRAGMAS: tuple[str, ...] = ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
if sys.platform == "darwin":
    _PRAGMAS += ("fullfsync = ON",)  # macOS's plain fsync leaves the data in the disk's own cache


def connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    """Open the file, or make it; raises `VaultError` (1018). Where its folder cannot be written to, it is read only."""
    close_inherited(path)
    if create:
        _create(path)
    elif not path.exists():
        raise VaultError(f"the encrypted file {path} is missing", hint="put it back from a backup")
    frozen = sqlite_files.is_frozen(path)
    with mapped_errors(path):
        # A file that came from a backup may be open to others: who has it can guess its passphrase.
        if not frozen and sqlite_files.is_open_to_others(path.stat().st_mode):
            sqlite_files.close_to_others(path)
        connection = sqlite3.connect(
            sqlite_files.read_only_address(path) if frozen else str(path),
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


def _create(path: Path) -> None:
    try:
        make_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise sqlite_files.unreachable(path, error) from error


@contextlib.contextmanager
def mapped_errors(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and of the system within a `with` block into ours, which name the file."""
    try:
        yield
    except sqlite_files.ERRORS as error:
        raise sqlite_files.map_error(path, error, damaged) from error
    except OSError as error:
        raise sqlite_files.unreachable(path, error) from error


def damaged(path: Path, what: str = "it does not hold what it should") -> VaultError:
    """Return the error for a file that is there but does not hold what it should."""
    return VaultError(
        f"the encrypted file {path} is damaged: {what}",
        hint="put it back from a backup; do not delete it, parts may be recovered",
    )
