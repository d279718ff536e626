"""Troubleshooting has every error a person can meet, under its number, in the words that are printed."""

from __future__ import annotations

import re

import pytest

from tests.docs.error_texts import HOLE, all_texts, raised
from tests.docs.pages import DOCS, anchors, code, generator, rows, section

NUMBERS = [1000, *(each.code for each in generator.error_classes())]

NOT_MET = {
    "an object of the keychain is gone": "never leaves keychain/",
    f"{HOLE}: {HOLE}": "DuckDB's own words",
    f"{HOLE} is not a request of `{HOLE}`": "a mistake of a program, not of a person",
}
"""Texts that no person meets, or that say nothing to look for, each with the reason."""


def documented(number: int) -> list[str]:
    cells = (row[0] for row in rows(section("troubleshooting.md", f"error-{number}")))
    return [text for cell in cells if (text := code(cell)) is not None]


def test_every_number_has_an_anchor_on_both_pages() -> None:
    wanted = {f"error-{number}" for number in NUMBERS}
    assert wanted <= set(anchors(DOCS / "troubleshooting.md"))
    assert wanted - {"error-1000"} <= set(anchors(DOCS / "errors.md"))


def test_the_sections_are_in_the_order_of_the_numbers() -> None:
    found = [anchor for anchor in anchors(DOCS / "troubleshooting.md") if re.fullmatch(r"error-\d+", anchor)]
    assert found == [f"error-{number}" for number in NUMBERS]


@pytest.mark.parametrize("number", NUMBERS)
def test_every_section_says_what_is_printed_why_and_what_to_do(number: int) -> None:
    found = list(rows(section("troubleshooting.md", f"error-{number}")))
    assert found
    for row in found:
        assert len(row) == 3
        assert code(row[0]) is not None, f"{row[0]} is not set as code"
        assert all(row), f"{row[0]} has no cause or nothing to do"


@pytest.mark.parametrize("number", NUMBERS)
def test_every_documented_text_is_printed(number: int) -> None:
    """Each is a text of the source, or one of its texts has it as a part."""
    stale = [text for text in documented(number) if not _is_printed(text)]
    assert stale == [], f"error {number}: no such text in the source"


def _is_printed(text: str) -> bool:
    return text in all_texts() or any(text in each for each in all_texts())


@pytest.mark.parametrize("number", NUMBERS)
def test_every_text_of_an_error_is_documented_under_its_number(number: int) -> None:
    """One row may stand for several texts that begin alike: what it says before a final `…` is what counts."""
    known = documented(number)
    missing = [text for code, text in sorted(raised()) if code == number and text not in NOT_MET]
    missing = [text for text in missing if not any(_covers(row, text) for row in known)]
    assert missing == [], f"error {number} can say this too; give it a row in docs/troubleshooting.md"


def _covers(row: str, text: str) -> bool:
    return row == text or (row.endswith(HOLE) and len(row) > 12 and text.startswith(row[:-1]))


def test_what_is_left_out_is_there() -> None:
    assert set(NOT_MET) <= all_texts()
