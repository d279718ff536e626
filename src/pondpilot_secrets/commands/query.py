"""Running SQL in a DuckDB of its own, with secrets applied.

DuckDB itself writes every cell, as text or as JSON, so that rows look as everywhere in DuckDB, are plain data, and need no
further Python package.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.errors import DuckDBIntegrationError, SecretError, UsageError
from pondpilot_secrets.injection.statement_results import batch_reader, relation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from pondpilot_secrets.commands.session import Session

ROWS_AT_ONCE = 1000

Row: TypeAlias = tuple[str | None, ...]

_Returned = TypeVar("_Returned")


@dataclass(frozen=True, slots=True)
class QueryRequest(Request["Iterator[RowBatch]"]):
    """SQL to run, and with which secrets.

    Attributes:
        sql: one statement or several.
        names: the secrets to apply, and to attach where their type needs it.
        database: the database file, or `:memory:`.
        read_only: whether attached databases and the file are opened to read only.
        json_cells: whether each cell is JSON, with DuckDB's types kept, instead of the text that DuckDB shows.
    """

    sql: str
    names: tuple[str, ...] = ()
    database: str = ":memory:"
    read_only: bool = True
    json_cells: bool = False


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Some rows of one statement's result; a result without rows is one batch without any.

    Attributes:
        columns: the names of the columns, and `types` their DuckDB types.
        rows: the rows; a cell is text, JSON, or None for NULL.
        more: whether the next batch is of the same result.
        problem: why the statement failed, where the stream goes on after that (`prompt`).
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[Row, ...]
    more: bool = False
    problem: ProblemDetails | None = None


def query(session: Session, request: QueryRequest) -> Iterator[RowBatch]:
    """Run SQL in an instance that lives until the rows are read or the iterator is closed.

    Reading raises `DuckDBIntegrationError` (1008), with every value of the secrets redacted, and what
    `SecretsManager.connect` raises.
    """
    with _connected(session, request.names, request.database, request.read_only) as con:
        yield from _StatementRunner(session, request.names, con, request.json_cells).batches(request.sql)


@dataclass(frozen=True, slots=True)
class PromptRequest(Request["Iterator[RowBatch]"]):
    """The DuckDB in which statements are run as they are typed; its fields are those of `QueryRequest`."""

    names: tuple[str, ...] = ()
    database: str = ":memory:"
    read_only: bool = True


def prompt(session: Session, request: PromptRequest) -> Iterator[RowBatch]:
    """Run what `session.ask_statement` gives, until it gives None; what a statement is refused with is a batch too."""
    with _connected(session, request.names, request.database, request.read_only) as con:
        run = _StatementRunner(session, request.names, con, json_cells=False)
        while (sql := session.next_statement()) is not None:
            try:
                yield from run.batches(sql)
            except DuckDBIntegrationError as error:
                yield RowBatch((), (), (), problem=ProblemDetails.of(error))


@contextlib.contextmanager
def _connected(
    session: Session, names: tuple[str, ...], database: str, read_only: bool
) -> Iterator[duckdb.DuckDBPyConnection]:
    with session.manager.connected(*names, database=database, read_only=read_only) as con:
        # A table that is not there would be looked for among the variables of this program.
        con.execute("SET python_enable_replacements = false")
        yield con


class _StatementRunner:
    """Runs statements in one DuckDB, and redacts the values of the secrets in what DuckDB says."""

    def __init__(
        self, session: Session, names: tuple[str, ...], con: duckdb.DuckDBPyConnection, json_cells: bool
    ) -> None:
        self._session = session
        self._names = names
        self._con = con
        self._json_cells = json_cells

    def batches(self, sql: str) -> Iterator[RowBatch]:
        """Run statements and give their rows; raises `DuckDBIntegrationError` (1008)."""
        if any("\ud800" <= letter <= "\udfff" for letter in sql):
            raise UsageError("the SQL is not valid Unicode")
        for statement in self._redacting(lambda: self._con.extract_statements(sql)):
            relation = self._redacting(partial(relation_of, self._con, statement))
            if relation is not None:
                yield from self._rows(relation)

    def _rows(self, relation: duckdb.DuckDBPyRelation) -> Iterator[RowBatch]:
        columns, types = tuple(relation.columns), tuple(str(each) for each in relation.types)
        cells = self._redacting(lambda: relation.project(_cells(types, self._json_cells)))
        read = self._redacting(partial(batch_reader, self._con, cells))
        more = True
        while more:
            rows = self._redacting(partial(read, ROWS_AT_ONCE))
            more = len(rows) == ROWS_AT_ONCE
            yield RowBatch(columns, types, tuple(rows), more)

    def _redacting(self, action: Callable[[], _Returned]) -> _Returned:
        try:
            return action()
        except SecretError:
            raise
        except Exception as error:  # noqa: BLE001 - a server's reply that is not UTF-8 is a UnicodeDecodeError, and holds it
            text = str(error).strip()
        # Under its old name, so that no frame of the traceback keeps the text as it was.
        text = self._session.manager.redact(text, self._names)
        raise DuckDBIntegrationError(text)


def _cells(types: tuple[str, ...], json_cells: bool) -> str:
    if not json_cells:
        return ", ".join(f"#{number}::VARCHAR" for number in range(1, len(types) + 1))
    return ", ".join(_json_cell(number, each) for number, each in enumerate(types, 1))


def _json_cell(number: int, type_name: str) -> str:
    if type_name.startswith("DECIMAL") and type_name.endswith(")"):  # and not a list of them
        return f"#{number}::VARCHAR"  # to_json would go through a floating-point number
    if type_name in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite(#{number}) THEN to_json(#{number})::VARCHAR END"  # JSON has no NaN
    return f"to_json(#{number})::VARCHAR"
