"""What a statement gives is the same with every DuckDB: rows for a query, nothing for a command."""

from __future__ import annotations

import gc
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets.injection.statement_results import batch_reader, relation_of


def rows_of(con: duckdb.DuckDBPyConnection, sql: str, batch: int = 1000) -> list[list[object]] | None:
    """The rows of the only statement, in the batches that they came in; None when it gives none."""
    (statement,) = con.extract_statements(sql)
    relation = relation_of(con, statement)
    if relation is None:
        return None
    read = batch_reader(con, relation)
    del relation
    gc.collect()
    batches = []
    while rows := read(batch):
        batches.append(rows)
    assert read(batch) == []
    return batches


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE numbers AS SELECT range AS n FROM range(3)")
        con.execute("PREPARE prepared AS SELECT 4 AS four")
        yield con


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("SELECT 1 AS a", [(1,)]),
        ("FROM numbers", [(0,), (1,), (2,)]),
        ("WITH x AS (SELECT 7 AS q) FROM x", [(7,)]),
        ("VALUES (1, 'a')", [(1, "a")]),
        ("SHOW TABLES", [("numbers",)]),
        ("EXECUTE prepared", [(4,)]),
        ("INSERT INTO numbers VALUES (7) RETURNING n", [(7,)]),
        ("UPDATE numbers SET n = 9 WHERE n = 2 RETURNING n, 'x'", [(9, "x")]),
        ('SELECT count(*) AS "Count" FROM numbers', [(3,)]),
        ('SELECT true AS "Success"', [(True,)]),
    ],
)
def test_a_statement_with_rows_gives_them(
    con: duckdb.DuckDBPyConnection, sql: str, expected: list[tuple[object, ...]]
) -> None:
    assert rows_of(con, sql) == [expected]


def test_a_query_without_rows_is_no_command(con: duckdb.DuckDBPyConnection) -> None:
    assert rows_of(con, "FROM numbers WHERE false") == []


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE other (x INTEGER)",
        "CREATE TABLE other AS SELECT 1 AS x",
        "INSERT INTO numbers VALUES (8)",
        "UPDATE numbers SET n = 1",
        "DELETE FROM numbers",
        "SET threads = 2",
        "ATTACH ':memory:' AS z",
        "CREATE MACRO mine() AS 42",
        "PREPARE another AS SELECT 1",
        "BEGIN",
    ],
)
def test_a_command_gives_nothing_and_is_carried_out_once(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    assert rows_of(con, sql) is None


def test_a_write_happens_once(con: duckdb.DuckDBPyConnection) -> None:
    rows_of(con, "INSERT INTO numbers VALUES (50)")
    rows_of(con, "INSERT INTO numbers VALUES (51) RETURNING n")
    assert rows_of(con, "SELECT count(*) FROM numbers WHERE n >= 50") == [[(2,)]]


def test_a_copy_to_a_file_gives_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    assert rows_of(con, f"COPY numbers TO '{tmp_path / 'out.csv'}'") is None
    assert (tmp_path / "out.csv").read_text().splitlines() == ["n", "0", "1", "2"]


def test_rows_come_in_batches_and_none_is_lost(con: duckdb.DuckDBPyConnection) -> None:
    batches = rows_of(con, "SELECT range FROM range(100000)", batch=999)
    assert batches is not None
    assert max(map(len, batches)) <= 999
    assert [number for batch in batches for (number,) in batch] == list(range(100_000))
