"""Running a statement with bound values, without the search for pandas that DuckDB makes for each of them.

DuckDB's Python client compares every bound value with `pandas.NaT` and `pandas.NA`. Where pandas is not installed it tries
to import it again each time, along the whole of `sys.path`: 0.15 ms a value, more than the rest of the statement takes.

The client imports as all C code does, by `PyImport_Import`, which asks the `__import__` among the builtins of the Python
frame that called (https://docs.python.org/3/c-api/import.html#c.PyImport_Import). So where there is no pandas, the one line
that calls DuckDB runs in a frame whose `__import__` says so at once. Nothing outside of that line is changed.
"""

from __future__ import annotations

import builtins
import functools
import importlib.util
import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

_SOUGHT = "pandas"


def execute(cursor: duckdb.DuckDBPyConnection, statement: str, values: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
    """Execute a statement with its values bound, in their order."""
    call = _execute if _is_installed() else _execute_without_pandas
    result: duckdb.DuckDBPyConnection = call(cursor, statement, values)
    return result


@functools.cache
def _is_installed() -> bool:
    return _SOUGHT in sys.modules or importlib.util.find_spec(_SOUGHT) is not None


def _execute(cursor: duckdb.DuckDBPyConnection, statement: str, values: Sequence[Any]) -> duckdb.DuckDBPyConnection:
    return cursor.execute(statement, values)


def _import(name: str, *rest: Any) -> object:
    if name == _SOUGHT:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return builtins.__import__(name, *rest)


_execute_without_pandas: Callable[..., Any] = FunctionType(
    _execute.__code__, {"__name__": __name__, "__builtins__": {"__import__": _import}}
)
