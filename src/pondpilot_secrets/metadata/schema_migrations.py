"""Bringing a vault's file to the form that this version reads, once, whichever process comes first."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import files, schema
from pondpilot_secrets.metadata.checksum import digest_of
from pondpilot_secrets.metadata.write_lock import WriteLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Migration: TypeAlias = Callable[[sqlite3.Connection], None]

APPLICATION_ID = 0x506F6E64
"""Marks an SQLite file as ours ("Pond"), so that another program's file is never migrated into."""


_DESCRIBED = (
    "id, name, type, provider, scopes, tags, description, field_names, created_at, updated_at, last_used_at, use_count,"
    " expires_at, revision, state, inject_only"
)
"""The columns of version 2 that version 3 checks, in the order of `digest_of`."""


def _version_1(connection: sqlite3.Connection) -> None:
    _run(connection, schema.VERSION_1)


def _version_2(connection: sqlite3.Connection) -> None:
    _run(connection, schema.VERSION_2)


def _version_3(connection: sqlite3.Connection) -> None:
    _run(connection, schema.VERSION_3)
    # A row that is no text stands in no other's way, and is told of when it is read.
    with files.lenient_text(connection):
        rows = connection.execute(f"SELECT {_DESCRIBED}, proposal, key FROM secrets").fetchall()
    connection.executemany("UPDATE secrets SET digest = ? WHERE key = ?", [(digest_of(row), row[17]) for row in rows])
    connection.executemany(
        "UPDATE secrets SET proposal = ? WHERE key = ?",
        [(_with_digest(row[16]), row[17]) for row in rows if row[16] is not None],
    )


def _with_digest(proposal: str) -> str:
    """Add its check to what an edit that is under way will make of its row; what is unreadable stays so."""
    try:
        row = json.loads(proposal)
        return json.dumps([*row, digest_of(row)])
    except (ValueError, TypeError, LookupError):
        return "unreadable"


MIGRATIONS: tuple[Migration, ...] = (_version_1, _version_2, _version_3)
"""The steps in order: the first makes version 1 of an empty file, the next version 2 of version 1."""


def current_version() -> int:
    """The version that this program reads and writes."""
    return len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of a file, 0 for an empty one."""
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Bring the file up to date, with a copy beside it first when it held a vault already.

    Writers are kept out by the vault's lock, and readers see the old form or the new one. Raises `VaultError` when the
    file is of a newer version or another program's, and `VaultBusyError` when a writer does not end in time.
    """
    _check_as_it_stands(connection, path)  # before anything of another program's file is changed
    with WriteLock(path.parent / "write.lock"):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = version_of(connection)
            check(connection, path, version)
            if 0 < version < current_version():
                _back_up(path, version)
            for migration in MIGRATIONS[version:]:
                migration(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {current_version()}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _check_as_it_stands(connection: sqlite3.Connection, path: Path) -> None:
    """Check one state of the file: between two looks at it, another process could make it a vault."""
    connection.execute("BEGIN")
    try:
        check(connection, path, version_of(connection))
    finally:
        if connection.in_transaction:  # SQLite ends it by itself where the disk fails
            connection.execute("ROLLBACK")


def check(connection: sqlite3.Connection, path: Path, version: int) -> None:
    """Raise `VaultError` for a file of a newer version, or one that is not ours."""
    refuse_newer(path, version)
    ours = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
    empty = version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if not (ours and version > 0) and not empty:
        raise VaultError(
            f"{path} is an SQLite file of another program",
            hint="move it away, or name another folder for the vault with POND_HOME",
        )


def refuse_newer(path: Path, version: int) -> None:
    """Raise `VaultError` for a file of a newer version: from the start, or since a newer one brought it up to date."""
    if version > current_version():
        raise VaultError(
            f"{path} was written by a newer version of PondPilot Secrets"
            f" (its format is {version}, this version reads up to {current_version()})",
            hint="upgrade with `pip install --upgrade pondpilot-secrets`, and start programs anew that run since before",
        )


def backup_path(path: Path, version: int) -> Path:
    """Where the copy lies that was made before leaving `version`."""
    return path.with_name(f"{path.name}.v{version}.bak")


def _back_up(path: Path, version: int) -> None:
    """Copy the file; raises `VaultError` where that cannot be done, and then nothing is migrated."""
    target = backup_path(path, version)
    partial = target.with_name(target.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # A connection of its own sees what was committed, while ours holds the write transaction.
        with (
            contextlib.closing(sqlite3.connect(path)) as source,
            contextlib.closing(sqlite3.connect(partial)) as copy,
        ):
            source.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")
        partial.replace(target)
    except (OSError, sqlite3.Error) as error:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                partial.with_name(partial.name + suffix).unlink()
        raise VaultError(
            f"{path} must be brought up to date, and the copy that is made before, {target}, cannot be written: {error}",
            hint="free some space, or make the folder writable by you; until then the version before this one can use it",
        ) from error


def _run(connection: sqlite3.Connection, statements: Iterable[str]) -> None:
    for statement in statements:
        connection.execute(statement)
