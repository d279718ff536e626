"""Our counters as a storage of the limits library, so that its own strategy can be asked about them."""

from __future__ import annotations

from limits.storage.base import SlidingWindowCounterSupport, Storage

from pondpilot_secrets.access.rate_counters import RateCounters


class CountersAsStorage(Storage, SlidingWindowCounterSupport):
    """Only the sliding window: the other strategies' calls are not ours to answer."""

    def __init__(self, counters: RateCounters) -> None:
        super().__init__()
        self.counters = counters

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        return self.counters.acquire(key, limit, expiry, amount)

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        count = self.counters.count(key, expiry)
        left = expiry - count.elapsed
        return count.previous, left if count.previous else 0.0, count.current, left + expiry

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        del expiry
        self.counters.clear(key)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        raise NotImplementedError

    def get(self, key: str) -> int:
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        raise NotImplementedError

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        raise NotImplementedError

    def clear(self, key: str) -> None:
        self.counters.clear(key)
