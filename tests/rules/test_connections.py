"""A connection to SQLite has an owner that closes it: `with sqlite3.connect(…)` commits, and leaves it open.

Python 3.13 warns of those that are left, and there the suite fails of it; this fails with every Python.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.rules.source import SOURCE, TESTS, SourceFile, files


def left_open(file: SourceFile) -> Iterator[str]:
    for node in file.nodes:
        if isinstance(node, ast.With | ast.AsyncWith):
            for item in node.items:
                if ast.unparse(item.context_expr).startswith("sqlite3.connect("):
                    yield f"{file.path}:{item.context_expr.lineno}"


def test_no_block_takes_a_connection_that_it_does_not_close() -> None:
    assert [place for file in (*files(SOURCE), *files(TESTS)) for place in left_open(file)] == []
