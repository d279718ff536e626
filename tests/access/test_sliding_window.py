"""Counting in an exact window: never more than so many in any span, shared, and not to be talked out of it by a clock."""

from __future__ import annotations

import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pondpilot_secrets.access.sliding_window import SlidingWindowLog
from pondpilot_secrets.metadata.store import MetadataStore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SECOND = 10**9
PERIOD = 60


class Clock:
    """A clock that stands where it is put, in nanoseconds."""

    def __init__(self, now: int = 1_000_000 * SECOND) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += round(seconds * SECOND)


def nothing(_key: str, _most: int, _period: float) -> int:
    return 0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def window(store: MetadataStore, clock: Clock) -> SlidingWindowLog:
    return SlidingWindowLog(store.database, nothing, clock)


def rows(store: MetadataStore, key: str = "k") -> int:
    return int(store.database.row("SELECT count(*) FROM rate_limits WHERE key = ?", (key,))[0])


def most_in_any_span(moments: Iterable[tuple[int, int]], period: int) -> int:
    """The largest sum of amounts in a span of that length, both of its ends included."""
    moments = list(moments)
    return max((sum(n for at, n in moments if begin <= at <= begin + period) for begin, _ in moments), default=0)


def test_no_more_than_the_limit_within_a_window(window: SlidingWindowLog) -> None:
    assert [window.acquire("k", 3, PERIOD) for _ in range(5)] == [True, True, True, False, False]
    assert window.acquire("other", 3, PERIOD)


def test_an_amount_is_let_through_whole_or_not_at_all(window: SlidingWindowLog) -> None:
    assert window.acquire("k", 10, PERIOD, 8)
    assert not window.acquire("k", 10, PERIOD, 3)
    assert window.acquire("k", 10, PERIOD, 2)


def test_a_border_between_two_windows_lets_no_more_through(window: SlidingWindowLog, clock: Clock) -> None:
    """A count for each minute would let 119 through here, and a weighted one 61."""
    clock.now = 119 * SECOND
    assert all(window.acquire("k", 60, PERIOD) for _ in range(60))
    for _ in range(59):
        clock.forward(1)
        assert not window.acquire("k", 60, PERIOD)
    clock.forward(1)
    assert not window.acquire("k", 60, PERIOD), "what happened exactly a minute ago still counts"
    clock.now += 1
    assert all(window.acquire("k", 60, PERIOD) for _ in range(60))


steps = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 3), st.integers(0, 30 * SECOND), st.just(PERIOD * SECOND), st.integers(0, 10**12)),
        st.integers(1, 4),
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, most=st.integers(4, 9))
def test_it_decides_as_a_list_of_all_moments_would(
    window: SlidingWindowLog, store: MetadataStore, clock: Clock, steps: list[tuple[int, int]], most: int
) -> None:
    store.database.change("DELETE FROM rate_limits")
    allowed: list[tuple[int, int]] = []
    for forward, amount in steps:
        clock.now += forward
        within = sum(n for at, n in allowed if at >= clock.now - PERIOD * SECOND)
        expected = within + amount <= most
        wait = window.seconds_until("k", most, PERIOD, amount)
        assert (wait == 0) is expected
        assert window.acquire("k", most, PERIOD, amount) is expected
        if expected:
            allowed.append((clock.now, amount))
        else:
            begin = clock.now + round(wait * SECOND) - PERIOD * SECOND
            assert sum(n for at, n in allowed if at >= begin) + amount <= most, "it is let through when it says"
            assert sum(n for at, n in allowed if at >= begin - 1) + amount > most, "and not before"
    assert most_in_any_span(allowed, PERIOD * SECOND) <= most


def test_rows_that_no_window_needs_are_deleted(window: SlidingWindowLog, store: MetadataStore, clock: Clock) -> None:
    for _ in range(50):
        clock.forward(PERIOD / 10)
        assert window.acquire("k", 20, PERIOD)
    assert rows(store) == 12  # those of a closed span of ten, and the one before it
    clock.forward(10 * PERIOD)
    assert window.acquire("k", 20, PERIOD)
    assert rows(store) == 2


def acquired(path: Path, seed: int) -> list[tuple[int, int]]:
    """What one process got, by a clock that all share: each look at it moves it, and is part of the transaction."""
    chance = Random(seed)
    with MetadataStore.open(path) as store:

        def clock() -> int:
            sql = "UPDATE settings SET value = CAST(value AS INTEGER) + ? WHERE key = 'clock' RETURNING value"
            return int(store.database.row(sql, (chance.randrange(2 * SECOND),))[0])

        seen: list[int] = []
        window = SlidingWindowLog(store.database, nothing, lambda: seen.append(clock()) or seen[-1])
        amounts = [chance.randint(1, 3) for _ in range(150)]
        return [(seen[-1], amount) for amount in amounts if window.acquire("k", 20, PERIOD, amount)]


def test_processes_together_get_no_more_than_the_limit_in_any_span(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    with MetadataStore.open(path) as store:
        store.set_setting("clock", "0")
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        got = list(pool.map(acquired, [path] * 4, range(4)))
    everything = sorted(moment for each in got for moment in each)
    assert most_in_any_span(everything, PERIOD * SECOND) in (19, 20)
    assert all(got), "every process got some"
    assert sum(amount for _, amount in everything) > 100, "many windows"


def test_setting_the_clock_changes_nothing(store: MetadataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    window = SlidingWindowLog(store.database, nothing)
    assert window.acquire("k", 1, 86_400)
    for moment in (0, 1_000_000_000, 4_000_000_000):
        monkeypatch.setattr(time, "time", lambda moment=moment: moment)
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment * SECOND)
        assert not window.acquire("k", 1, 86_400)


def test_a_restarted_machine_goes_on_counting(window: SlidingWindowLog, clock: Clock) -> None:
    assert window.acquire("k", 3, PERIOD, 2)
    clock.forward(2 * PERIOD)
    assert window.acquire("k", 3, PERIOD, 2)
    clock.now = 5 * SECOND  # the time since the start begins at nothing
    assert not window.acquire("k", 3, PERIOD, 2)
    assert window.seconds_until("k", 3, PERIOD, 2) == pytest.approx(PERIOD)
    assert window.acquire("k", 3, PERIOD, 1)
    clock.now = 70 * SECOND
    assert window.acquire("k", 3, PERIOD, 3)


def test_deleted_rows_are_what_the_audit_log_says(store: MetadataStore, clock: Clock) -> None:
    def earlier(*asked: object) -> int:
        return {("k", 3, PERIOD): 2}.get(asked, 0)  # type: ignore[call-overload]

    window = SlidingWindowLog(store.database, earlier, clock)
    assert [window.acquire("k", 3, PERIOD) for _ in range(3)] == [True, False, False]


def test_deleting_some_rows_lets_nothing_more_through(
    window: SlidingWindowLog, store: MetadataStore, clock: Clock
) -> None:
    for _ in range(5):
        clock.forward(1)
        assert window.acquire("k", 5, PERIOD)
    store.database.change("DELETE FROM rate_limits WHERE moment < (SELECT max(moment) FROM rate_limits)")
    assert not window.acquire("k", 5, PERIOD)
    clock.forward(PERIOD + 1)
    assert window.acquire("k", 5, PERIOD, 5)


def test_what_is_rolled_back_was_never_let_through(window: SlidingWindowLog, store: MetadataStore) -> None:
    def fail() -> None:
        with store.transaction():
            assert window.acquire("k", 1, PERIOD)
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            fail()
    assert window.acquire("k", 1, PERIOD)


def test_it_takes_no_longer_where_much_has_happened(
    window: SlidingWindowLog, store: MetadataStore, clock: Clock
) -> None:
    """By what SQLite says it does: it looks rows up, and never through them."""
    clock.forward(1)
    assert window.acquire("k", 10, PERIOD)
    from pondpilot_secrets.access import sliding_window as module

    for sql in (module._READ, module._EXPIRY):
        plan = [row[3] for row in store.database.rows(f"EXPLAIN QUERY PLAN {sql}", ("k", 1))]
        assert all("SEARCH" in step for step in plan if "rate_limits" in step), plan
        assert any("moment<?" in step for step in plan) or sql is module._EXPIRY


def test_a_look_at_the_wait_does_not_wait(window: SlidingWindowLog, clock: Clock) -> None:
    waits = []
    for _ in range(4):
        clock.forward(7)
        waits.append(window.seconds_until("k", 2, PERIOD))
        window.acquire("k", 2, PERIOD)
    assert waits[:2] == [0, 0]
    assert all(one - other == pytest.approx(7) for one, other in pairwise(waits[2:]))
