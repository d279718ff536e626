"""With DuckDB 2, for which there are no extension packages: a test that needs an extension is skipped, and says which.

With every other DuckDB this does nothing: a missing package is a failure there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_NAMED = re.compile(r"DuckDB's extension (\w+) is not installed|duckdb-extension-([\w-]+) is not installed")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _skipping())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    return (yield from _skipping())


def _skipping() -> Generator[None, object, object]:
    """Let what a missing package ends be skipped: an error of ours, or of a server that the tests fill with DuckDB."""
    try:
        return (yield)
    except BaseException as error:
        skip_for(str(error))
        raise


def skip_for(text: str) -> None:
    """Skip the test if a text says that an extension is missing of which there is no package."""
    from tests.duckdb_versions import skip_unpackaged

    found = _NAMED.search(text)
    if found is not None:
        skip_unpackaged((found[1] or found[2]).replace("-", "_"))
