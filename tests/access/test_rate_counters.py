"""Counting in a sliding window: as the limits library does it, shared, and not to be talked out of it by a clock."""

from __future__ import annotations

import random
import time

import limits
import pytest
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from pondpilot_secrets.access.rate_counters import RateCounters, since_start
from pondpilot_secrets.metadata.store import MetadataStore
from tests.access.limits_storage import CountersAsStorage


class Clock:
    """A clock that stands where it is put."""

    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counters(store: MetadataStore, clock: Clock) -> RateCounters:
    return RateCounters(store.database, lambda _key, _period: 0, clock)


def test_no_more_than_the_limit_within_a_window(counters: RateCounters) -> None:
    assert [counters.acquire("k", 3, 60) for _ in range(5)] == [True, True, True, False, False]
    assert counters.acquire("other", 3, 60)


def test_an_amount_is_counted_whole_or_not_at_all(counters: RateCounters) -> None:
    assert counters.acquire("k", 10, 60, 8)
    assert not counters.acquire("k", 10, 60, 3)
    assert counters.acquire("k", 10, 60, 2)


def test_it_comes_back_exactly_when_it_says(counters: RateCounters, clock: Clock) -> None:
    seed = random.SystemRandom().randrange(10**9)
    chance = random.Random(seed)
    for number in range(300):
        key, most = f"k{number}", chance.randint(1, 20)
        for _ in range(chance.randint(1, 40)):
            clock.now += chance.random() * 20
            counters.acquire(key, most, 60, chance.randint(1, 2))
        wait = counters.seconds_until(key, most, 60)
        if wait > 1e-3:
            clock.now += wait - 1e-3
            assert not counters.acquire(key, most, 60), seed
            clock.now += 2e-3
        assert counters.acquire(key, most, 60), seed


def test_it_decides_as_the_limits_librarys_own_strategy_and_storage_do(
    counters: RateCounters, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.now = float(int(time.time()))
    monkeypatch.setattr(time, "time", clock)
    ours = SlidingWindowCounterRateLimiter(CountersAsStorage(counters))
    storage = MemoryStorage()
    theirs = SlidingWindowCounterRateLimiter(storage)
    item = limits.parse("7/minute")
    chance = random.Random(7)
    accepted = 0
    for _ in range(600):
        clock.now += chance.random() * 15
        tested = ours.test(item, "a"), theirs.test(item, "a")
        assert tested[0] == tested[1]
        one, other = ours.hit(item, "a"), theirs.hit(item, "a")
        assert one == other
        accepted += one
        assert ours.get_window_stats(item, "a").remaining == theirs.get_window_stats(item, "a").remaining
    assert 100 < accepted < 600


def test_setting_the_clock_changes_nothing(store: MetadataStore, monkeypatch: pytest.MonkeyPatch) -> None:
    counters = RateCounters(store.database, lambda _key, _period: 0)
    assert counters.acquire("k", 1, 86_400)
    for moved in (-10_000_000, -3600, 3600, 10_000_000):
        real = time.time()
        monkeypatch.setattr(time, "time", lambda real=real, moved=moved: real + moved)
        assert not counters.acquire("k", 1, 86_400)
        monkeypatch.undo()


def test_a_restarted_machine_goes_on_counting(counters: RateCounters, clock: Clock) -> None:
    assert counters.acquire("k", 1, 60)
    clock.now = 5.0  # the time since the start begins anew
    assert not counters.acquire("k", 1, 60)
    clock.now = 130.0
    assert counters.acquire("k", 1, 60)


def test_a_deleted_counter_is_what_the_log_says(store: MetadataStore, clock: Clock) -> None:
    counters = RateCounters(store.database, lambda key, period: 2 if (key, period) == ("k", 60) else 0, clock)
    assert [counters.acquire("k", 3, 60) for _ in range(3)] == [True, False, False]


def test_the_first_refusal_of_a_window_is_told_from_the_others(counters: RateCounters, clock: Clock) -> None:
    assert [counters.refuse("k", 60) for _ in range(3)] == [True, False, False]
    clock.now += 60
    assert counters.refuse("k", 60)


def test_time_is_the_same_for_all_processes() -> None:
    import subprocess
    import sys

    code = "from pondpilot_secrets.access.rate_counters import since_start; print(since_start())"
    before = since_start()
    said = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert before <= said <= since_start()
