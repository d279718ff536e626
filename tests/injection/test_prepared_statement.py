"""ParameterValue values: DuckDB's search for pandas is cut short where there is none, and nobody else notices anything."""

from __future__ import annotations

import importlib.abc
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import Decimal
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any
from uuid import UUID

import duckdb
import pytest

from pondpilot_secrets.injection import prepared_statement
from pondpilot_secrets.injection.duckdb_support import running_version


class Searches(importlib.abc.MetaPathFinder):
    """Counts how often Python looks for pandas, and finds it for nobody."""

    def __init__(self) -> None:
        self.count = 0

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == "pandas":
            self.count += 1
            raise ModuleNotFoundError(name=fullname)
        return None


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> Searches:
    """A Python that has no pandas, whatever is installed."""
    finder = Searches()
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    return finder


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def test_duckdb_by_itself_looks_for_pandas(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    con.execute("SELECT ?, ?", ["a", "b"])
    if running_version() >= (2, 0, 0):
        assert searches.count == 0  # once 1.x is no longer supported, execute() can become a call of DuckDB's own
    else:
        assert searches.count, "DuckDB searches no more: execute() can become a call of DuckDB's own"


def test_values_are_bound_without_a_search(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    values: list[Any] = ["text", ["s3://a/", "s3://b/"], 7, True, None]
    execute = prepared_statement._execute_without_pandas
    assert execute(con, "SELECT ?, ?, ?, ?, ?", values).fetchone() == tuple(values)
    assert execute(con, "SELECT ?", [{"key": ["k"], "value": ["v"]}]).fetchone() == ({"k": "v"},)
    assert searches.count == 0


def test_what_duckdb_needs_otherwise_is_imported(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    values = [datetime(2026, 1, 2, tzinfo=UTC), Decimal("1.5"), UUID(int=1)]
    execute = prepared_statement._execute_without_pandas
    assert execute(con, "SELECT epoch(?::TIMESTAMPTZ), ?, ?", values).fetchone()[1:] == tuple(values[1:])
    assert searches.count == 0


def test_nothing_of_the_process_is_changed_while_a_statement_runs(
    con: duckdb.DuckDBPyConnection, searches: Searches
) -> None:
    """Code of somebody else that runs in the middle of it, here a time zone's, imports as ever."""
    seen: list[object] = []

    class Looking(tzinfo):
        def utcoffset(self, when: datetime | None) -> timedelta:
            before = searches.count
            with pytest.raises(ModuleNotFoundError):
                importlib.import_module("pandas")
            seen.append((searches.count - before, "pandas" in sys.modules))
            return timedelta()

    moment = datetime(2026, 1, 2, tzinfo=Looking())
    prepared_statement._execute_without_pandas(con, "SELECT ?, ?", ["a", moment])
    assert seen
    assert set(seen) == {(1, False)}
    assert searches.count == len(seen)


def test_a_failure_passes_as_it_is(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    with pytest.raises(duckdb.Error):
        prepared_statement._execute_without_pandas(con, "SELECT error(?)", ["no"])
    assert searches.count == 0


def test_where_pandas_is_installed_it_is_found(monkeypatch: pytest.MonkeyPatch, con: duckdb.DuckDBPyConnection) -> None:
    there = ModuleType("pandas")
    missing = object()
    there.NaT = there.NA = missing  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", there)
    assert prepared_statement._is_installed.__wrapped__()
    assert prepared_statement._execute(con, "SELECT ?", ["a"]).fetchone() == ("a",)


def test_the_installed_pandas_decides_which_way_is_taken(con: duckdb.DuckDBPyConnection) -> None:
    assert prepared_statement._is_installed() is (importlib.util.find_spec("pandas") is not None)
    assert prepared_statement.execute(con, "SELECT ?", ["a"]).fetchone() == ("a",)
