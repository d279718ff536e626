"""The SQLite file of a vault: opened quickly, shared between threads, written in explicit transactions."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from typing import TYPE_CHECKING, Any, Self

from pondpilot_secrets import sqlite_files
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import files, schema_migrations
from pondpilot_secrets.secure.fork_hooks import Forkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

BUSY_TIMEOUT = 5.0
"""Seconds that a statement waits for another process's transaction to end."""

_PRAGMAS: tuple[str, ...] = (
    "foreign_keys = ON",
    "secure_delete = ON",
    "cache_size = -16000",
    "temp_store = MEMORY",
    "cell_size_check = ON",  # a broken page is noticed where it is read, and not by what it leads to
)
if sys.platform == "darwin":
    _PRAGMAS += ("fullfsync = ON",)  # macOS's plain fsync leaves the data in the disk's own cache


class Database(Forkable):
    """One connection, guarded by a lock: statements take microseconds, so threads rarely wait for each other.

    Every error of SQLite comes out as a `VaultError` (1018) that names the file, or a `VaultBusyError` (1021); only
    `sqlite3.IntegrityError` passes as it is, since callers know what it means.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, *, read_only: bool) -> None:
        self.path = path
        self.read_only = read_only
        super().__init__(connection)
        self._depth = 0
        self._durable = True
        self._closed = False

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the file, making it where there is none and migrating it where it is old.

        Raises `VaultError` when it is damaged, of a newer version, not readable, or missing and `read_only`.
        """
        return cls(path, _connect(path, read_only=read_only), read_only=read_only)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run a query and return all of its rows, as tuples."""
        with self._lock:
            try:
                return self._live().execute(sql, parameters).fetchall()
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a query and return its first row as a tuple, or None."""
        with self._lock:
            try:
                return self._live().execute(sql, parameters).fetchone()
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    def each(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """Run a query and give its rows one by one, holding the lock until the last: for what may be long."""
        with self._lock:
            try:
                yield from self._live().execute(sql, parameters)
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        with self._lock:
            try:
                return self._live().execute(sql, parameters).rowcount
            except sqlite3.IntegrityError:
                raise
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement once a row and return how many rows were changed in all."""
        with self._lock:
            try:
                return self._live().executemany(sql, rows).rowcount
            except sqlite3.IntegrityError:
                raise
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """Write everything in the `with` block, or nothing of it; nested, an inner block can fail on its own.

        A `durable` transaction survives a power failure once it has ended (one fsync, 0.2 ms on an SSD). Any other
        survives the death of the process, and is never half there. The outermost block decides.
        """
        with self._lock:
            outermost = self._depth == 0
            if outermost:
                self._make_durable(durable)
            self._run("BEGIN IMMEDIATE" if outermost else "SAVEPOINT inner")
            self._depth += 1
            try:
                if outermost:
                    schema_migrations.refuse_newer(self.path, self.row("PRAGMA user_version")[0])
                yield
                self._run("COMMIT" if outermost else "RELEASE inner")
            except BaseException:
                if self._connection is not None and self._connection.in_transaction:
                    with contextlib.suppress(VaultError):
                        self._run(*(("ROLLBACK",) if outermost else ("ROLLBACK TO inner", "RELEASE inner")))
                raise
            finally:
                self._depth -= 1

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Database]:
        """Give a second, read-only connection that sees one state of the file throughout, and keeps nobody waiting."""
        frozen = Database.open(self.path, read_only=True)
        try:
            frozen._run("BEGIN")
            yield frozen
        finally:
            frozen.close()

    @contextlib.contextmanager
    def examined(self) -> Iterator[Database]:
        """Give a database for queries that must see one state, and text that is no Unicode as it is, in surrogates.

        Inside a transaction that is this one, as the transaction has it; otherwise a snapshot.
        """
        with self._lock:
            if self._depth:
                with files.lenient_text(self._live()):
                    yield self
                return
        with self.snapshot() as frozen, files.lenient_text(frozen._live()):
            yield frozen

    def _make_durable(self, durable: bool) -> None:
        self._live()
        if durable is not self._durable:
            self._run("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
            self._durable = durable

    def _run(self, *statements: str) -> None:
        try:
            for statement in statements:
                self._live().execute(statement)
        except sqlite_files.ERRORS as error:
            raise files.map_error(self.path, error) from error

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._closed:
                raise VaultError("the vault is closed", hint="open it again with `SecretsManager.open()`")
            self._connection = _connect(self.path, read_only=self.read_only)
            self._durable = True
        return self._connection

    def damaged(self, what: str) -> VaultError:
        """The error to raise when the file opens but its content makes no sense."""
        return files.damaged(self.path, what)

    def altered(self, names: str) -> VaultError:
        """The error to raise for rows that read well and are not as they were written."""
        return files.altered(self.path, names)

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        with self._lock:
            self._closed = True
            connection, self._connection = self._connection, None
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):  # what was committed is safe, whatever closing says
                    connection.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):
            self.close()

    def after_fork_in_child(self) -> None:
        """Start outside every transaction; see `Forkable`."""
        super().after_fork_in_child()
        self._depth = 0


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    exposed = not read_only and files.prepare(path)
    if read_only and not path.exists():
        raise VaultError(f"there is no vault in {path.parent}", hint="`pond vault init` makes one")
    connection = None
    try:
        connection = sqlite3.connect(
            sqlite_files.read_only_address(path) if read_only else str(path),
            uri=read_only,
            timeout=BUSY_TIMEOUT,
            isolation_level=None,
            check_same_thread=False,
        )
        _prepare(connection, path, read_only)
        if exposed:  # only now is it known to be ours
            sqlite_files.close_to_others(path)
    except sqlite_files.ERRORS as error:
        if connection is not None:
            connection.close()
        raise files.map_error(path, error) from error
    except BaseException:
        if connection is not None:
            connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, read_only: bool) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    version = schema_migrations.version_of(connection)
    if version == schema_migrations.current_version():
        schema_migrations.check(connection, path, version)
        connection.execute("PRAGMA synchronous = FULL")
    elif read_only and version < schema_migrations.current_version():
        raise VaultError(
            f"{path} is of an older version and opened for reading only",
            hint="open it once for writing, `pond ls` does, so that it is brought up to date",
        )
    else:
        schema_migrations.migrate(connection, path)
        connection.execute("PRAGMA synchronous = FULL")
