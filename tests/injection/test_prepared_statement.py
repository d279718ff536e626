"""Bound values: DuckDB's search for pandas is cut short where there is none, and Python's modules stay as they were."""

from __future__ import annotations

import importlib.abc
import sys
import threading
from collections.abc import Iterator, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

import duckdb
import pytest

from pondpilot_secrets.injection import prepared_statement

NO_MODULE = cast("ModuleType", None)


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
def searches(monkeypatch: pytest.MonkeyPatch) -> Iterator[Searches]:
    """A Python that has no pandas, whatever is installed."""
    finder = Searches()
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    monkeypatch.setattr(prepared_statement, "_absent", lambda: True)
    yield finder
    assert "pandas" not in sys.modules


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        yield con


def test_duckdb_by_itself_looks_for_pandas(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    con.execute("SELECT ?, ?", ["a", "b"])
    assert searches.count, "DuckDB has mended its search: the binding module can go"


def test_values_are_bound_without_a_search(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    values: list[Any] = ["text", ["s3://a/", "s3://b/"], 7, True, None]
    assert prepared_statement.execute(con, "SELECT ?, ?, ?, ?, ?", values).fetchone() == tuple(values)
    assert prepared_statement.execute(con, "SELECT ?", [{"key": ["k"], "value": ["v"]}]).fetchone() == ({"k": "v"},)
    assert searches.count == 0


def test_a_failure_leaves_the_modules_as_they_were(con: duckdb.DuckDBPyConnection, searches: Searches) -> None:
    with pytest.raises(duckdb.Error):
        prepared_statement.execute(con, "SELECT error(?)", ["no"])
    assert "pandas" not in sys.modules
    assert searches.count == 0


def test_the_modules_are_as_they_were_only_after_the_last_of_several_threads(searches: Searches) -> None:
    inside, leave = threading.Event(), threading.Event()

    def stay() -> None:
        with prepared_statement._known_to_be_absent():
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=stay)
    thread.start()
    assert inside.wait(10)
    with prepared_statement._known_to_be_absent():
        pass
    assert sys.modules.get("pandas", sys) is None
    leave.set()
    thread.join()
    assert "pandas" not in sys.modules
    assert searches.count == 0


@pytest.mark.parametrize("there", [ModuleType("pandas"), NO_MODULE], ids=["a module", "what says that there is none"])
def test_what_stands_there_already_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, con: duckdb.DuckDBPyConnection, there: ModuleType
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", there)
    monkeypatch.setattr(prepared_statement, "_absent", lambda: True)  # as it was when it was asked the first time
    assert prepared_statement.execute(con, "SELECT ?", ["a"]).fetchone() == ("a",)
    assert sys.modules["pandas"] is there
