"""`pond sql`: formats, several statements, files, and errors without values, against a real web server."""

from __future__ import annotations

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


def test_sql_comes_from_a_file_or_standard_input_too(pond: Pond, tmp_path: Path) -> None:
    file = tmp_path / "q.sql"
    file.write_text("CREATE TABLE t AS SELECT 42 AS x; FROM t;")
    assert pond.ok("sql", "--csv", "-f", str(file)).out == "x\n42\n"
    assert pond.ok("sql", "--csv", stdin="SELECT 'ü' AS x").out == "x\nü\n"
    assert pond("sql").status == 2
    assert pond("sql", "-c", "SELECT 1", "-f", str(file)).status == 2
    assert pond("sql", "--csv", "--format", "markdown", "-c", "SELECT 1").status == 2


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
