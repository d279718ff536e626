"""SQL with secrets applied: rows as they come, as text or as JSON, and errors without a value."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.query import ROWS_AT_ONCE, PromptRequest, QueryRequest, RowBatch
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import DuckDBIntegrationError, UsageError
from tests.commands.requests import fields

REPEATED = "SELECT CAST('marker-' || 'secret-1234' AS INTEGER)"


@pytest.fixture
def lake(session: Session) -> Session:
    dispatch(session, "add", AddRequest("s3", "lake", fields(key_id="AK", secret="marker-secret-1234")))
    return session


@pytest.mark.parametrize("count", [0, 1, ROWS_AT_ONCE - 1, ROWS_AT_ONCE, ROWS_AT_ONCE + 1, 2 * ROWS_AT_ONCE])
def test_the_batches_of_a_result_are_all_rows_and_the_last_says_so(session: Session, count: int) -> None:
    batches = list(dispatch(session, "query", QueryRequest(f"SELECT range AS n FROM range({count})")))
    assert [row for batch in batches for row in batch.rows] == [(str(number),) for number in range(count)]
    assert [batch.more for batch in batches] == [True] * (len(batches) - 1) + [False]
    assert {(batch.columns, batch.types) for batch in batches} == {(("n",), ("BIGINT",))}


def test_rows_come_before_the_last_is_made(session: Session) -> None:
    rows = dispatch(session, "query", QueryRequest("FROM range(10_000_000_000)"))
    assert next(rows).rows[0] == ("0",)
    assert isinstance(rows, Iterator)
    rows.close()  # type: ignore[attr-defined]


def test_each_statement_with_rows_has_its_own_result(session: Session) -> None:
    sql = "SELECT 1 AS a; SET VARIABLE v = 2; SELECT NULL AS b, 'x' AS c"
    first, second = dispatch(session, "query", QueryRequest(sql))
    assert (first.columns, first.rows) == (("a",), (("1",),))
    assert (second.columns, second.rows) == (("b", "c"), ((None, "x"),))


def test_json_cells_keep_duckdbs_types(session: Session) -> None:
    sql = "SELECT 1.50::DECIMAL(20,2) AS d, [1, NULL] AS l, 'nan'::DOUBLE AS f, 'a\"' AS t, NULL AS n"
    (batch,) = dispatch(session, "query", QueryRequest(sql, json_cells=True))
    (row,) = batch.rows
    assert [None if cell is None else json.loads(cell) for cell in row] == [1.5, [1, None], None, 'a"', None]


def test_a_secret_is_applied_and_an_error_repeats_no_value(lake: Session) -> None:
    (batch,) = dispatch(lake, "query", QueryRequest("SELECT type FROM duckdb_secrets() WHERE name = 'lake'", ("lake",)))
    assert batch.rows == (("s3",),)
    with pytest.raises(DuckDBIntegrationError) as refused:
        list(dispatch(lake, "query", QueryRequest(REPEATED, ("lake",))))
    assert "marker-secret-1234" not in str(refused.value)
    assert "••••••" in str(refused.value)


def test_variables_of_this_program_are_no_tables(session: Session) -> None:
    with pytest.raises(DuckDBIntegrationError, match="does not exist"):
        list(dispatch(session, "query", QueryRequest("FROM REPEATED")))


def test_sql_that_is_not_unicode_is_refused(session: Session) -> None:
    with pytest.raises(UsageError):
        list(dispatch(session, "query", QueryRequest("SELECT '\ud800'")))


def typed(session: Session, *statements: str, names: tuple[str, ...] = ()) -> list[RowBatch]:
    left = iter(statements)
    with dataclasses.replace(session, ask_statement=lambda: next(left, None)) as prompted:
        return list(dispatch(prompted, "prompt", PromptRequest(names)))


def test_statements_that_are_typed_run_in_one_duckdb(session: Session) -> None:
    (batch,) = typed(session, "CREATE TABLE t AS SELECT 42 AS x;", "FROM t;")
    assert batch.rows == (("42",),)
    assert typed(session) == []


def test_a_typed_statement_that_fails_is_a_problem_and_the_next_one_runs(lake: Session) -> None:
    failed, worked = typed(lake, REPEATED, "SELECT 1", names=("lake",))
    assert failed.problem is not None
    assert failed.problem.code == 1008
    assert "marker-secret-1234" not in failed.problem.message
    assert (failed.rows, worked.rows, worked.problem) == ((), (("1",),), None)
