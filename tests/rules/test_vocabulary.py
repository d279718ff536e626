"""Names are nouns of the field and sentences are plain: `retired_words.py` lists what is neither named nor said."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.rules.retired_words import HEADINGS, NAMES, ONLY_OF_THE_SCHEMA, SENTENCES, WORDS
from tests.rules.source import ROOT, SOURCE, SourceFile, files
from tests.rules.violations import assert_none

PART_OF_A_NAME = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SPACE = re.compile(r"[\s*`_]+")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
DOCUMENTED = [page for page in PAGES if page.name != "CHANGELOG.md"]


def names(file: SourceFile) -> Iterator[str]:
    """The names that a file gives: its own, and those of classes, functions, parameters, fields and constants."""
    yield from file.path.removesuffix(".py").split("/")[2:]
    for node in file.nodes:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        if isinstance(node, ast.arg):
            yield node.arg
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
    for node in file.tree.body:
        if isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def retired(name: str) -> str | None:
    """What in a name is retired, or None."""
    bare = name.lstrip("_")
    if name in NAMES or bare in NAMES or bare.lower() in NAMES:
        return bare
    parts = [part.lower() for part in PART_OF_A_NAME.findall(name)]
    of_the_schema = "schema" in parts or parts == ["migrations"]  # the table of them
    return next((part for part in parts if part in WORDS or (part in ONLY_OF_THE_SCHEMA and not of_the_schema)), None)


def test_no_name_is_retired() -> None:
    found = {f"{file.path}: {name}" for file in files(SOURCE) for name in names(file) if retired(name)}
    assert_none("retired names", found)


def plain(text: str) -> str:
    """A text in small letters, on one line and without marks, as the sentences of the list are written."""
    return SPACE.sub(" ", text).lower()


@cache
def texts(file: SourceFile) -> tuple[str, ...]:
    """Each text of a file: messages, hints, help, and docstrings, which the documentation repeats."""
    return tuple(_texts(file))


def _texts(file: SourceFile) -> Iterator[str]:
    for node in file.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield plain(node.value)
        elif isinstance(node, ast.JoinedStr):
            parts = [str(it.value) if isinstance(it, ast.Constant) else "…" for it in node.values]
            yield plain("".join(parts))


@cache
def page_text(page: Path) -> str:
    return plain(page.read_text("utf-8"))


def says(text: str, sentence: str) -> bool:
    return sentence in text and re.search(rf"\b{re.escape(sentence)}\b", text) is not None


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_sentence_is_retired(sentence: str) -> None:
    found = {file.path for file in files(SOURCE) for text in texts(file) if says(text, sentence)}
    found |= {str(page.relative_to(ROOT)) for page in DOCUMENTED if says(page_text(page), sentence)}
    assert_none(f"sentence: {sentence}", found)


def test_no_heading_is_a_riddle() -> None:
    found = {
        f"{page.relative_to(ROOT)}: {line}"
        for page in DOCUMENTED
        for line in page.read_text("utf-8").splitlines()
        if line.startswith("#") and any(says(plain(line), heading) for heading in HEADINGS)
    }
    assert_none("headings", found)


@pytest.mark.parametrize("name", ["SealedFile", "open_sealed", "_sealed", "Recovery", "recover", "Migration", "Put"])
def test_a_retired_name_is_found(name: str) -> None:
    assert retired(name)


@pytest.mark.parametrize(
    "name", ["recovery_codes", "schema_migrations", "clear_secrets", "context_binding", "put", "MIGRATIONS"]
)
def test_a_name_that_only_looks_like_one_is_not(name: str) -> None:
    assert retired(name) is None


def test_a_sentence_is_found_in_a_message_with_values_and_over_two_lines() -> None:
    text = 'f"it says {today}, which has been\\n already"\n'
    assert any(says(said, "which has been already") for said in texts(SourceFile("a.py", text, ast.parse(text))))
