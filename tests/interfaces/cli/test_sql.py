"""`pond sql`: formats, several statements, files, and errors without values, against a real web server."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Pond
from tests.services.http_server import HTTPDataServer

EVERYTHING = (
    "SELECT 1.50::DECIMAL(20,2) AS d, [1, NULL] AS l, NULL AS n, 'nan'::DOUBLE AS f, 'a,\"b\"' AS t, "
    "TIMESTAMPTZ '2026-01-02 03:04:05+00' IS NOT NULL AS z, {'x': 'nan'::FLOAT} AS s, 1 AS d"
)


def test_data_behind_a_token_is_read(pond: Pond, http_data_server: HTTPDataServer) -> None:
    scope = f"{http_data_server.base_url}/"
    pond.ok("add", "http", "api", "token=@-", "--scope", scope, stdin=http_data_server.token)
    out = pond.ok("sql", "api", "--csv", "-c", f"SELECT customer FROM '{http_data_server.url}'").out
    assert out.splitlines() == ["customer", "ana", "bo", "chloé"]
    without = pond("sql", "-c", f"FROM '{http_data_server.url}'")
    assert without.status != 0


def test_json_keeps_types_and_is_strict(pond: Pond) -> None:
    (row,) = pond.ok("sql", "--json", "-c", EVERYTHING).json()
    assert row == {"d": 1.5, "l": [1, None], "n": None, "f": None, "t": 'a,"b"', "z": True, "s": {"x": None}, "d_1": 1}
    (line,) = pond.ok("sql", "--format", "jsonl", "-c", "SELECT 9007199254740993 AS big").out.splitlines()
    assert json.loads(line) == {"big": 9007199254740993}
    assert pond.ok("sql", "--json", "-c", "SELECT 1 WHERE false").json() == []


def test_json_of_lists_of_decimals_and_of_columns_that_look_renamed_can_be_read(pond: Pond) -> None:
    (row,) = pond.ok("sql", "--json", "-c", "SELECT [1.5, NULL] AS l, [[2.5]] AS n, 1.10 AS d").json()
    assert row == {"l": [1.5, None], "n": [[2.5]], "d": 1.1}
    (row,) = pond.ok("sql", "--json", "-c", "SELECT 1 a, 2 a, 3 a_1, 4 a").json()
    assert row == {"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}


def test_csv_can_be_read_back(pond: Pond) -> None:
    rows = list(csv.reader(io.StringIO(pond.ok("sql", "--csv", "-c", EVERYTHING).out)))
    assert rows[0] == ["d", "l", "n", "f", "t", "z", "s", "d"]
    assert rows[1][:5] == ["1.50", "[1, NULL]", "", "nan", 'a,"b"']


def test_a_table_aligns_numbers_and_counts_rows(pond: Pond) -> None:
    lines = pond.ok("sql", "-c", "SELECT range AS n, 'x' AS t FROM range(8, 11)").out.splitlines()
    assert lines[0] == " n  t"
    assert lines[2] == " 8  x"
    assert lines[4] == "10  x"
    assert lines[-1] == "(3 rows)"


def test_markdown_escapes_what_would_break_a_row(pond: Pond) -> None:
    out = pond.ok("sql", "--format", "markdown", "-c", "SELECT 'a|b' AS x").out.splitlines()
    assert out == ["| x |", "|---|", "| a\\|b |"]


def test_sql_comes_from_a_file_or_standard_input_too(pond: Pond, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("CREATE TABLE t AS SELECT 42 AS x; FROM t;")
    assert pond.ok("sql", "--csv", "-f", str(file)).out == "x\n42\n"
    assert pond.ok("sql", "--csv", stdin="SELECT 'ü' AS x").out == "x\nü\n"
    assert pond("sql").status == 2
    assert pond("sql", "-c", "SELECT 1", "-f", str(file)).status == 2
    assert pond("sql", "--csv", "--format", "markdown", "-c", "SELECT 1").status == 2


def test_each_statement_with_rows_is_shown(pond: Pond) -> None:
    out = pond.ok("sql", "--csv", "-c", "SELECT 1 AS a; SET VARIABLE v = 2; SELECT getvariable('v') AS b").out
    assert out == "a\n1\n\nb\n2\n"


def test_a_syntax_error_shows_the_place(pond: Pond) -> None:
    ended = pond("sql", "-c", "SELCT 1")
    assert ended.status == 17
    assert "LINE 1: SELCT 1" in ended.err


def test_a_file_database_is_read_only_unless_asked_otherwise(pond: Pond, tmp_path: Path) -> None:
    file = str(tmp_path / "notes.duckdb")
    pond.ok("sql", "--database", file, "--read-write", "-c", "CREATE TABLE t AS SELECT 1 AS x")
    assert pond.ok("sql", "--database", file, "--csv", "-c", "FROM t").out == "x\n1\n"
    assert pond("sql", "--database", file, "-c", "INSERT INTO t VALUES (2)").status == 17


@pytest.mark.parametrize("as_json", [False, True])
def test_an_error_never_repeats_a_value(warehouse: Pond, as_json: bool) -> None:
    warehouse.ok("add", "s3", "lake", "key_id=AKIAMARKER", "secret=@-", stdin="marker-secret-1234")
    repeat = "SELECT CAST('marker-' || 'secret-1234' AS INTEGER)"
    ended = warehouse("sql", "lake", "-c", repeat, *(["--json"] if as_json else []))
    assert ended.status == 17
    assert "marker-secret-1234" not in ended.err
    assert "••••••" in ended.err
    refused = warehouse("sql", "warehouse", "-c", "SELECT 1")
    assert "marker-word" not in refused.err
    assert "Connection refused" in refused.err
