"""What the pages show of a command's output, in whole sentences, is what the source prints."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from tests.docs.error_texts import HOLE, all_texts
from tests.docs.pages import PAGES, blocks, relative

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEGINNING = re.compile(r"(?:error(?: \d+)?|hint|warning): ")
ANSWERED = re.compile(r"(?: \[empty for none\]| \[y/N\])?:(?: y)?$")
"""How a prompt ends, and what is typed at it."""
NO_SENTENCE = re.compile(r"…|[\dA-Z-]{20,}|\(\d+ rows?\)|pond \d[\d.]*|\w+ \([A-Z][\w ]*\)|fields|.*  .*")
"""Lines that are no sentence: recovery codes, counts of rows, a version, names of fields, and rows of tables."""

AT_LEAST = 5
"""Letters that a text of the source must have beside what is put in, or it would be found in everything."""


@cache
def printed() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each text with its longest piece, which is looked for first."""
    texts = [text for text in all_texts() if len(text.replace(HOLE, "").strip()) >= AT_LEAST]
    patterns = [re.compile(re.escape(text).replace(re.escape(HOLE), ".+"), re.DOTALL) for text in texts]
    return tuple((max(text.split(HOLE), key=len), pattern) for text, pattern in zip(texts, patterns, strict=True))


def is_printed(line: str) -> bool:
    return any(piece in line and pattern.fullmatch(line) for piece, pattern in printed())


def shown_lines(page: Path) -> Iterator[str]:
    text = page.read_text("utf-8")
    errors = [block for block in blocks(text, "text") if block.startswith("error")]
    for line in "\n".join(blocks(text, "console") + errors).splitlines():
        sentence = ANSWERED.sub("", BEGINNING.sub("", line))
        if line and not line.startswith("$ ") and not NO_SENTENCE.fullmatch(sentence):
            yield sentence


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_sentence_that_a_page_shows_is_printed(page: Path) -> None:
    stale = [line for line in shown_lines(page) if not is_printed(line)]
    assert stale == []


def test_a_sentence_that_nothing_prints_is_found() -> None:
    assert not is_printed("the vault is a teapot")
