"""Where values, and longer pieces of them, stand in bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.redaction.matching import PIECE, AlphanumericMatcher, Matcher, alphanumeric


def found(matcher: Matcher | AlphanumericMatcher, data: bytes) -> list[bytes]:
    return sorted({data[start:end] for start, end in matcher.ranges(data)})


def test_a_whole_value_is_found_each_time() -> None:
    matcher = Matcher([b"secret"])
    assert [*matcher.ranges(b"secret, secretsecret")] == [(0, 6), (8, 14), (14, 20)]
    assert found(matcher, b"secre secre") == []


def test_a_piece_of_a_longer_value_is_found_as_long_as_it_is() -> None:
    matcher = Matcher([b"abcdefgh12345678"])
    assert b"cdefgh123" in found(matcher, b"<cdefgh123>")
    assert found(matcher, b"<abcdefg>") == []
    assert PIECE == 8


@pytest.mark.parametrize(("data", "ranges"), [(b"password=a,", 1), (b"user 'a' b", 1), (b"a place", 0), (b"a!", 0)])
def test_a_short_value_is_found_only_where_something_encloses_it(data: bytes, ranges: int) -> None:
    assert len([*Matcher([b"a"]).ranges(data)]) == ranges


def test_words_of_errors_are_no_piece_of_a_password() -> None:
    assert found(Matcher([b"password123"]), b"password authentication failed") == []
    assert found(AlphanumericMatcher([b"password"]), b"password") == []


def test_case_and_marks_hide_nothing() -> None:
    matcher = AlphanumericMatcher([b"Correct-Horse battery"])
    data = alphanumeric(b"it said CORRECT HORSE, BATTERY")
    assert b"correcthorsebattery" in found(matcher, data)
    matcher.close()


def test_what_is_beyond_ascii_is_kept() -> None:
    assert alphanumeric("Ä-b é!".encode()) == "Äb\u00e9".encode()


@given(st.binary(max_size=60), st.lists(st.binary(min_size=1, max_size=30), max_size=3))
def test_whatever_is_found_is_a_value_or_a_piece_of_one(data: bytes, values: list[bytes]) -> None:
    for start, end in Matcher(values).ranges(data):
        assert any(data[start:end] in value for value in values)


@given(st.binary(min_size=PIECE + 1, max_size=40), st.binary(max_size=10), st.binary(max_size=10))
def test_a_long_value_is_always_found(value: bytes, before: bytes, after: bytes) -> None:
    data = before + value + after
    assert (len(before), len(before) + len(value)) in {*Matcher([value]).ranges(data)}
