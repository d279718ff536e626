"""Pages are found, can be scanned, and speak plainly."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, anchors, headings, prose, relative

if TYPE_CHECKING:
    from pathlib import Path

CODE = re.compile(r"(`+).+?\1|(?<=\])\([^)]+\)|^## pond .*$|^\| sealed .*$", re.MULTILINE)
"""Code within a line, the targets of links, and names of commands and of columns."""

CLUMSY = [
    r"\bsealed?\b",
    r"\bmend(?:s|ed|ing)?\b",
    r"\b(?:not|un)[ -]?settled\b",
    r"\bscrub(?:s|bed|bing)?\b",
    r"\bmigrat(?:e|es|ed|ing)\b",
    r"\b[Aa] (?:encrypted|item|entry|instance)\b",
    r"\bvaults? in an encrypted file\b",
]
"""What the replacement of a word left behind; `tests/rules/retired_words.py` has what nothing says any more."""

RIDDLES = {"When the keys are lost", "How it is kept safe", "When it expires", "Who may do what", "After: get back in"}
CHANGELOG = "CHANGELOG.md"


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_headings_of_a_page_are_unique(page: Path) -> None:
    found = anchors(page)
    if page.name == CHANGELOG:  # the same groups for each version
        found = headings(page)[:2] + found[found.index("unreleased") : found.index("010")]
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_headings_say_what_one_looks_for(page: Path) -> None:
    assert RIDDLES.isdisjoint(headings(page))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_no_page_uses_a_clumsy_word(page: Path) -> None:
    text = CODE.sub("", prose(page))
    assert [match[0] for word in CLUMSY for match in re.finditer(word, text)] == []


def test_every_page_is_in_the_navigation() -> None:
    settings = (ROOT / "mkdocs.yml").read_text("utf-8")
    assert [path for path in map(str, pages_of_the_site()) if f": {path}\n" not in settings + "\n"] == []


def pages_of_the_site() -> list[Path]:
    return [page.relative_to(DOCS) for page in sorted(DOCS.rglob("*.md"))]


def test_the_security_page_begins_with_the_threat_model() -> None:
    assert headings(DOCS / "security.md")[1] == "Threat model"


def test_the_memory_page_begins_with_three_lines_and_a_table() -> None:
    lines = (DOCS / "memory.md").read_text("utf-8").splitlines()
    assert all(lines[2:5])
    assert lines[5] == ""
    assert lines[6].startswith("| ")
