"""Bringing a vault's file to the schema that this version reads, once, whichever process comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets import log
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import schema
from pondpilot_secrets.metadata.schema_backup import back_up
from pondpilot_secrets.metadata.write_lock import WriteLock

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    Step: TypeAlias = Callable[[sqlite3.Connection], object]

APPLICATION_ID = 0x506F6E64
"""Says that an SQLite file is a vault's ("Pond"), so that another program's file is never changed."""


class SchemaMigrations:
    """The steps from an empty file to the schema of today: the first makes version 1, the next version 2 of that."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)

    @property
    def current_version(self) -> int:
        """The version that this program reads and writes."""
        return len(self.steps)

    def version_of(self, connection: sqlite3.Connection) -> int:
        """Return the version of a file, 0 for an empty one."""
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        return version

    def upgrade(self, connection: sqlite3.Connection, path: Path) -> None:
        """Bring the file up to date, with a copy beside it first when it held a vault already.

        Writers are kept out by the vault's lock, and readers see the old form or the new one. Raises `VaultError` when
        the file is of a newer version or another program's, and `VaultBusyError` when a writer does not end in time.
        """
        self._check_as_it_stands(connection, path)  # before anything of another program's file is changed
        with WriteLock(path.parent / "write.lock"):
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            try:
                self._run_steps(connection, path)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def check(self, connection: sqlite3.Connection, path: Path, version: int) -> None:
        """Raise `VaultError` for a file of a newer version, or another program's."""
        self.refuse_newer(path, version)
        known = connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID
        empty = version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not (known and version > 0) and not empty:
            raise VaultError(
                f"{path} is an SQLite file of another program",
                hint="move it away, or name another folder for the vault with POND_HOME",
            )

    def refuse_newer(self, path: Path, version: int) -> None:
        """Raise `VaultError` for a newer version: from the start, or since a newer program brought it up to date."""
        if version > self.current_version:
            raise VaultError(
                f"{path} was written by a newer version of PondPilot Secrets"
                f" (its format is {version}, this version reads up to {self.current_version})",
                hint="upgrade with `pip install --upgrade pondpilot-secrets`, then restart programs that still run the"
                " version before",
            )

    def _check_as_it_stands(self, connection: sqlite3.Connection, path: Path) -> None:
        """Check one state of the file: between two looks at it, another process could make it a vault."""
        connection.execute("BEGIN")
        try:
            self.check(connection, path, self.version_of(connection))
        finally:
            if connection.in_transaction:  # SQLite ends it by itself where the disk fails
                connection.execute("ROLLBACK")

    def _run_steps(self, connection: sqlite3.Connection, path: Path) -> None:
        version = self.version_of(connection)
        self.check(connection, path, version)
        if 0 < version < self.current_version:
            log.info("metadata", "bringing %s from version %d to %d", path, version, self.current_version)
            back_up(path, version)
        for step in self.steps[version:]:
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {self.current_version}")


def _version_1(connection: sqlite3.Connection) -> None:
    for statement in schema.VERSION_1:
        connection.execute(statement)


SCHEMA = SchemaMigrations([_version_1])
"""The schema of this program."""
