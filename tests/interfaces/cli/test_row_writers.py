"""Rows in each format, against what reads them."""

from __future__ import annotations

import csv
import io
import json

from tests.interfaces.cli.pond import Pond

EVERYTHING = (
    "SELECT 1.50::DECIMAL(20,2) AS d, [1, NULL] AS l, NULL AS n, 'nan'::DOUBLE AS f, 'a,\"b\"' AS t, "
    "TIMESTAMPTZ '2026-01-02 03:04:05+00' IS NOT NULL AS z, {'x': 'nan'::FLOAT} AS s, 1 AS d"
)


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


def test_each_statement_with_rows_is_shown(pond: Pond) -> None:
    out = pond.ok("sql", "--csv", "-c", "SELECT 1 AS a; SET VARIABLE v = 2; SELECT getvariable('v') AS b").out
    assert out == "a\n1\n\nb\n2\n"
