"""Running SQL in a DuckDB of its own, with secrets applied."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from pondpilot_secrets.errors import DuckDBIntegrationError, SecretError, UsageError
from pondpilot_secrets.injection.statement_results import Row, batch_reader, relation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from pondpilot_secrets.commands.session import Session

ROWS_AT_ONCE = 1000

_Returned = TypeVar("_Returned")


@dataclass(frozen=True, slots=True)
class QueryRequest:
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
class ResultSet:
    """The rows of one statement, as they come; a cell is text, JSON, or None."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[Row]


@dataclass(frozen=True, slots=True)
class QueryResult:
    """The results of the statements that have rows, each to be read to its end before the next."""

    results: Iterator[ResultSet]


def query(session: Session, request: QueryRequest) -> QueryResult:
    """Run SQL in an instance that lives until the results are read or dropped.

    Reading the results raises `DuckDBIntegrationError` (1008), with a text that is cleared of every value of the secrets,
    and what `SecretsManager.connect` raises.
    """
    return QueryResult(_results(session, request))


@contextlib.contextmanager
def opened(session: Session, request: QueryRequest) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the DuckDB of a request for a `with` block, with its secrets applied."""
    with session.manager.connected(*request.names, database=request.database, read_only=request.read_only) as con:
        # A table that is not there would be looked for among the variables of this program.
        con.execute("SET python_enable_replacements = false")
        yield con


def _results(session: Session, request: QueryRequest) -> Iterator[ResultSet]:
    with opened(session, request) as con:
        yield from results_of(session, request, con)


def results_of(session: Session, request: QueryRequest, con: duckdb.DuckDBPyConnection) -> Iterator[ResultSet]:
    """Run the request's SQL in an open DuckDB; raises `DuckDBIntegrationError` (1008)."""
    if any("\ud800" <= letter <= "\udfff" for letter in request.sql):
        raise UsageError("the SQL is not valid Unicode")
    for statement in _guarded(session, request, lambda: con.extract_statements(request.sql)):
        result = _guarded(session, request, partial(_result, con, statement, request.json_cells))
        if result is not None:
            columns, types, cells = result
            yield ResultSet(columns, types, _rows(session, request, con, cells))


def _result(
    con: duckdb.DuckDBPyConnection, statement: duckdb.Statement, json_cells: bool
) -> tuple[tuple[str, ...], tuple[str, ...], duckdb.DuckDBPyRelation] | None:
    """Run one statement; None when it has no rows to give."""
    relation = relation_of(con, statement)
    if relation is None:
        return None
    types = tuple(str(each) for each in relation.types)
    return tuple(relation.columns), types, relation.project(_cells(types, json_cells))


def _cells(types: tuple[str, ...], json_cells: bool) -> str:
    """Have DuckDB itself write each cell, so that it looks as everywhere in DuckDB and no Python package is needed."""
    if not json_cells:
        return ", ".join(f"#{number}::VARCHAR" for number in range(1, len(types) + 1))
    return ", ".join(_json_cell(number, each) for number, each in enumerate(types, 1))


def _json_cell(number: int, type_name: str) -> str:
    if type_name.startswith("DECIMAL") and type_name.endswith(")"):  # and not a list of them
        return f"#{number}::VARCHAR"  # to_json would go through a floating-point number
    if type_name in ("FLOAT", "DOUBLE"):
        return f"CASE WHEN isfinite(#{number}) THEN to_json(#{number})::VARCHAR END"  # JSON has no NaN
    return f"to_json(#{number})::VARCHAR"


def _rows(
    session: Session, request: QueryRequest, con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation
) -> Iterator[Row]:
    read = _guarded(session, request, lambda: batch_reader(con, relation))
    while rows := _guarded(session, request, lambda: read(ROWS_AT_ONCE)):
        yield from rows


def _guarded(session: Session, request: QueryRequest, action: Callable[[], _Returned]) -> _Returned:
    try:
        return action()
    except SecretError:
        raise
    except Exception as error:  # noqa: BLE001 - a server's reply that is not UTF-8 is a UnicodeDecodeError, and holds it
        text = str(error).strip()
    # Under its old name, so that no frame of the traceback keeps the text as it was.
    text = session.manager.redact(text, request.names)
    raise DuckDBIntegrationError(text)
