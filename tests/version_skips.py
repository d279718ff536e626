"""With DuckDB 1.4 and 2: a test that needs what this DuckDB does not have is skipped, and says what that is.

Two things end such a test: the product refuses a field, a provider or a type, by the versions in its registry, which
`tests/secret_types/test_registry_matches_duckdb.py` holds against the running DuckDB; or an extension is missing for which
there are no packages. With DuckDB 1.5.5 this does nothing: both are failures there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_MISSING = re.compile(
    r"(?:DuckDB's extension |could not load its extension |required extension ')(\w+)"
    r"|duckdb-extension-([\w-]+) is not installed"
)
_REFUSED = re.compile(r"DuckDB ([\d.]+) (?:does not take|does not know|takes [\w, ]+ only when)[^\n;]*")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _skipping())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _skipping())


def _skipping() -> Generator[None, object, object]:
    """Turn what this DuckDB lacks into a skip: an error of ours, a result that says so, a server that cannot be filled."""
    try:
        return (yield)
    except BaseException as error:
        skip_for(str(error))
        raise


def skip_for(text: str) -> None:
    """Skip the test if a text says that this DuckDB is too old, or that an extension has no package of its version."""
    import duckdb

    from tests.duckdb_versions import NEWEST, skip_unpackaged

    refused = _REFUSED.search(text)
    if refused is not None and refused[1] == duckdb.__version__ != NEWEST:
        pytest.skip(refused[0])
    found = _MISSING.search(text)
    if found is not None:
        skip_unpackaged((found[1] or found[2]).replace("-", "_"))
