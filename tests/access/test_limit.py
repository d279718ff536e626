"""One limit: what can be written, how it is kept, and how it is said."""

from __future__ import annotations

import limits as library
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.errors import UsageError


@pytest.mark.parametrize(
    ("notation", "limit"),
    [
        ("60/minute", (60, 60)),
        ("60 / minute", (60, 60)),
        ("1000 per hour", (1000, 3600)),
        ("1000 PER Hour", (1000, 3600)),
        ("5 per 2 hours", (5, 7200)),
        ("5/2 hours", (5, 7200)),
        ("5 per 2 hour", (5, 7200)),
        ("10 per 5 seconds", (10, 5)),
        ("1/day", (1, 86_400)),
        ("1 per 24 hours", (1, 86_400)),
        (" 7 per day ", (7, 86_400)),
        ("1000000/minute", (1_000_000, 60)),
    ],
)
def test_a_number_and_a_time(notation: str, limit: tuple[int, int]) -> None:
    assert Limit.parse(notation) == limit


@pytest.mark.parametrize(
    "notation",
    [
        "", "many", "60", "60/", "/minute", "60/minutely", "60 minute", "60perminute", "60 perminute", "-1/minute",
        "1e3/minute", "6.5/minute", "60/month", "1 per year", "5 per 3 years", "60/minute;1/day", "60/minute 1/day",
        "٣/minute", "60/2minutes", "99999999999/minute", "60/minute\n1/day", "60 per -1 minute", "60//minute",
        "+60/minute", "60/mínute",
    ],
)  # fmt: skip
def test_all_else_is_refused_with_what_can_be_written(notation: str) -> None:
    with pytest.raises(UsageError, match="is no limit") as caught:
        Limit.parse(notation)
    assert caught.value.code == 1022
    for form in ("`60/minute`", "`1000 per hour`", "`5 per 2 hours`", "up to a day"):
        assert form in (caught.value.hint or "")


@pytest.mark.parametrize(
    "notation", ["0/minute", "1 per 0 minutes", "1 per 25 hours", "1 per 2 days", "9999999999/day"]
)
def test_a_limit_allows_something_within_a_day(notation: str) -> None:
    with pytest.raises(UsageError, match="allows at least one, within a day at most") as caught:
        Limit.parse(notation)
    assert "5 per 2 hours" in (caught.value.hint or "")


@given(
    st.integers(1, 10**6),
    st.sampled_from(["/", " per ", " / "]),
    st.integers(1, 24),
    st.sampled_from(["second", "minute", "hour"]),
    st.sampled_from(["", "s"]),
)
def test_it_means_what_the_limits_library_takes_it_for(
    amount: int, per: str, multiple: int, unit: str, plural: str
) -> None:
    notation = f"{amount}{per}{multiple} {unit}{plural}"
    theirs = library.parse(notation)
    assert Limit.parse(notation) == (theirs.amount, theirs.get_expiry())


@given(st.integers(1, 10**9), st.integers(1, 86_400))
def test_it_is_kept_as_text(amount: int, period: int) -> None:
    assert Limit.load(str(Limit(amount, period)), Limit(1, 1)) == (amount, period)


@pytest.mark.parametrize(
    "text", [None, "", "60", "60/", "x/60", "0/60", "60/0", "-1/60", "60/-60", "60/86401", "60/60/60"]
)
def test_a_text_that_is_damaged_leaves_the_default(text: str | None) -> None:
    assert Limit.load(text, Limit(60)) == (60, 60)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(60), "60 a minute"),
        (Limit(5, 1), "5 a second"),
        (Limit(100, 3600), "100 an hour"),
        (Limit(7, 86_400), "7 a day"),
        (Limit(5, 7200), "5 in 2 hours"),
        (Limit(60, 600), "60 in 10 minutes"),
        (Limit(3, 90), "3 in 90 seconds"),
    ],
)
def test_it_is_said_as_people_say_it(limit: Limit, words: str) -> None:
    assert limit.in_words() == words
