"""Files under 400 lines and functions of at most 40, docstrings, comments and empty lines counted."""

from __future__ import annotations

import ast

import pytest

from tests.rules.source import ROOT, SourceFile, files
from tests.rules.violations import assert_none

FOLDERS = ("src", "tests", "benchmarks", "scripts", "typing_tests")
MOST_LINES_OF_A_FILE = 399
MOST_LINES_OF_A_FUNCTION = 40


def long_functions(file: SourceFile) -> list[str]:
    return [
        f"{file.path}: {node.name}"
        for node in file.nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > MOST_LINES_OF_A_FUNCTION
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_is_long(folder: str) -> None:
    found = [file.path for file in files(ROOT / folder) if file.text.count("\n") > MOST_LINES_OF_A_FILE]
    assert_none(f"long files in {folder}", found)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_function_is_long(folder: str) -> None:
    found = [name for file in files(ROOT / folder) for name in long_functions(file)]
    assert_none(f"long functions in {folder}", found)


def test_a_long_function_is_found() -> None:
    text = "def short():\n    pass\n\n\ndef long():\n" + "    pass\n" * MOST_LINES_OF_A_FUNCTION
    assert long_functions(SourceFile("a.py", text, ast.parse(text))) == ["a.py: long"]
