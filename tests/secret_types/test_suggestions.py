"""Hints for words that are nearly right, made of known words only."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.suggestions import did_you_mean, nearest

KNOWN = ("postgres", "mysql", "s3")


@pytest.mark.parametrize(
    ("word", "found"), [("postgers", "postgres"), ("MYSQ", "mysql"), ("", None), ("nothing like it", None)]
)
def test_the_nearest_word_is_found_in_any_case(word: str, found: str | None) -> None:
    assert nearest(word, KNOWN) == found


def test_a_word_that_is_far_from_all_is_not_repeated() -> None:
    assert did_you_mean("hunter2", KNOWN) == "known: postgres, mysql, s3"
    assert did_you_mean("postgers", KNOWN) == "did you mean `postgres`? known: postgres, mysql, s3"


def test_aliases_are_suggested_and_not_listed() -> None:
    assert did_you_mean("mariadv", [*KNOWN, "mariadb"], shown=KNOWN) == (
        "did you mean `mariadb`? known: postgres, mysql, s3"
    )


def test_an_endless_word_takes_no_time() -> None:
    assert nearest("postgres" * 100_000, KNOWN) is None
