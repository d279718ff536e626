"""The copy of a vault's file that is made before its schema is brought up to date."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import VaultError

if TYPE_CHECKING:
    from pathlib import Path


def backup_path(path: Path, version: int) -> Path:
    """Where the copy lies that was made before leaving `version`."""
    return path.with_name(f"{path.name}.v{version}.bak")


def back_up(path: Path, version: int) -> None:
    """Copy the file; raises `VaultError` (1018) where that cannot be done, and then its schema must stay as it is."""
    target = backup_path(path, version)
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # A connection of its own sees what was committed, while the caller's holds the write transaction.
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        _remove(partial)
        raise VaultError(
            f"{path} must be brought up to date, and the copy that is made before, {target}, cannot be written: {error}",
            hint="free some space, or make the folder writable by you; until then the version before this one can use it",
        ) from error


def _remove(partial: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        path = partial.with_name(partial.name + suffix)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            log.debug("metadata", "what is left of a copy, %s, was not removed: %s", path, error)
