"""The SQLite file of a vault: opened quickly, shared between threads, written in explicit transactions."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from pondpilot_secrets import log, sqlite_files
from pondpilot_secrets.errors import SecretError, VaultError
from pondpilot_secrets.metadata import files, schema_migrations
from pondpilot_secrets.secure.fork_safety import ForkSafe, close_inherited

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pondpilot_secrets.metadata.schema_migrations import SchemaMigrations

BUSY_TIMEOUT = 5.0
"""Seconds that a statement waits for another process's transaction to end."""

_Result = TypeVar("_Result")

_PRAGMAS: tuple[str, ...] = (
    "foreign_keys = ON",
    "secure_delete = ON",
    "cache_size = -16000",
    "temp_store = MEMORY",
    "cell_size_check = ON",  # a broken page is noticed where it is read, and not by what it leads to
)
if sys.platform == "darwin":
    _PRAGMAS += ("fullfsync = ON",)  # macOS's plain fsync leaves the data in the disk's own cache


class Database(ForkSafe):
    """One connection, guarded by a lock: statements take microseconds, so threads rarely wait for each other.

    Every error of SQLite comes out as a `VaultError` (1018) that names the file, or a `VaultBusyError` (1021); only
    `sqlite3.IntegrityError` passes as it is, since callers know what it means.
    """

    def __init__(
        self, path: Path, connect: Callable[[], sqlite3.Connection], *, read_only: bool, schema: SchemaMigrations
    ) -> None:
        """`connect` opens the file, now and again after a fork."""
        self.read_only = read_only
        self._connect = connect
        self._schema = schema
        super().__init__(path, connect())
        self._depth = 0
        self._durable = True
        self._closed = False

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        read_only: bool = False,
        schema: SchemaMigrations | None = None,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> Self:
        """Open the file, making it where there is none and bringing it up to date where it is old.

        `schema` is another than today's, for tests; `busy_timeout` is in seconds. Raises `VaultError` when the file is
        damaged, of a newer version, not readable, or missing and `read_only`.
        """
        schema = schema_migrations.SCHEMA if schema is None else schema
        connect = partial(_connect, path, read_only=read_only, schema=schema, busy_timeout=busy_timeout)
        return cls(path, connect, read_only=read_only, schema=schema)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
        """Run a query and return all of its rows, as tuples."""
        return self._run(lambda connection: connection.execute(sql, parameters).fetchall())

    def row(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """Run a query and return its first row as a tuple, or None."""
        return self._run(lambda connection: connection.execute(sql, parameters).fetchone())

    def iter_rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Any]:
        """Run a query and give its rows one by one, holding the lock until the last: for what may be long."""
        with self._lock:
            try:
                yield from self._live().execute(sql, parameters)
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement and return how many rows it changed."""
        return self._run(lambda connection: connection.execute(sql, parameters).rowcount)

    def change_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> int:
        """Run a statement once a row and return how many rows were changed in all."""
        return self._run(lambda connection: connection.executemany(sql, rows).rowcount)

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True, savepoint: bool = True) -> Iterator[None]:
        """Write everything in the `with` block, or nothing of it; nested, an inner block can fail on its own.

        A `durable` transaction survives a power failure once it has ended (one fsync, 0.2 ms on an SSD). Any other
        survives the death of the process, and is never half there. The outermost block decides. A nested block without
        a `savepoint` is part of the outer one: 20 µs less, for what writes with one statement.
        """
        with self._lock:
            outermost = self._depth == 0
            if not outermost and not savepoint:
                yield
                return
            if outermost:
                self._make_durable(durable)
            self._execute("BEGIN IMMEDIATE" if outermost else "SAVEPOINT inner")
            self._depth += 1
            try:
                if outermost:
                    self._schema.refuse_newer(self.path, self.row("PRAGMA user_version")[0])
                yield
                self._execute("COMMIT" if outermost else "RELEASE inner")
            except BaseException:
                self._roll_back(outermost)
                raise
            finally:
                self._depth -= 1

    def _roll_back(self, outermost: bool) -> None:
        """Undo a transaction that an error ended; the error matters more than one of undoing."""
        if self._connection is None or not self._connection.in_transaction:
            return
        try:
            self._execute(*(("ROLLBACK",) if outermost else ("ROLLBACK TO inner", "RELEASE inner")))
        except SecretError as error:
            log.debug("metadata", "a transaction could not be rolled back: %s", error)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Database]:
        """Give a second, read-only connection that sees one state of the file throughout, and keeps nobody waiting."""
        frozen = Database.open(self.path, read_only=True, schema=self._schema)
        try:
            frozen._execute("BEGIN")
            yield frozen
        finally:
            frozen.close()

    @contextlib.contextmanager
    def lenient_view(self) -> Iterator[Database]:
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
            self._execute("PRAGMA synchronous = FULL" if durable else "PRAGMA synchronous = NORMAL")
            self._durable = durable

    def _run(self, call: Callable[[sqlite3.Connection], _Result]) -> _Result:
        with self._lock:
            try:
                return call(self._live())
            except sqlite3.IntegrityError:
                raise
            except sqlite_files.ERRORS as error:
                raise files.map_error(self.path, error) from error

    def _execute(self, *statements: str) -> None:
        for statement in statements:
            self.change(statement)

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._closed:
                raise VaultError("the vault is closed", hint="open it again with `SecretsManager.open()`")
            self._connection = self._connect()
            self._durable = True
        return self._connection

    def corrupt_file(self, what: str) -> VaultError:
        """The error to raise when the file opens but its content makes no sense."""
        return files.corrupt_file(self.path, what)

    def corrupt_rows(self, names: str) -> VaultError:
        """The error to raise for rows that read well and are not as they were written."""
        return files.corrupt_rows(self.path, names)

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        with self._lock:
            self._closed = True
            connection, self._connection = self._connection, None
            if connection is not None:
                try:
                    connection.close()
                except sqlite3.Error as error:  # what was committed is safe, whatever closing says
                    log.debug("metadata", "%s could not be closed: %s", self.path, error)

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):
            self.close()

    def _drop_inherited(self) -> None:
        super()._drop_inherited()
        self._depth = 0  # the child starts outside every transaction


def _connect(path: Path, *, read_only: bool, schema: SchemaMigrations, busy_timeout: float) -> sqlite3.Connection:
    close_inherited(path)
    exposed = not read_only and files.prepare(path)
    if read_only and not path.exists():
        raise VaultError(f"there is no vault in {path.parent}", hint="`pond vault init` makes one")
    connection = None
    try:
        connection = sqlite3.connect(
            sqlite_files.read_only_address(path) if read_only else str(path),
            uri=read_only,
            timeout=busy_timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        _prepare(connection, path, schema, read_only=read_only)
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


def _prepare(connection: sqlite3.Connection, path: Path, schema: SchemaMigrations, *, read_only: bool) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    version = schema.version_of(connection)
    if version == schema.current_version:
        schema.check(connection, path, version)
        connection.execute("PRAGMA synchronous = FULL")
    elif read_only and version < schema.current_version:
        raise VaultError(
            f"{path} is of an older version and opened for reading only",
            hint="open it once for writing, `pond ls` does, so that it is brought up to date",
        )
    else:
        schema.upgrade(connection, path)
        connection.execute("PRAGMA synchronous = FULL")
