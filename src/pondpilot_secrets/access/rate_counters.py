"""Counters of the rate limits: a sliding window for each key, in the vault's SQLite, shared by all processes.

The weighted count of a window is that of the `limits` library's sliding-window counter: what happened in the present
window, and of the window before as much as still lies within one window's length. Time is that since the machine started,
so that setting the clock changes nothing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database

Earlier: TypeAlias = Callable[[str, int], int]
"""How much the audit log knows of a key's last so many seconds, for a counter that is not there."""

_READ = "SELECT window, current, previous, refused FROM rate_limits WHERE key = ?"
_WRITE = "INSERT OR REPLACE INTO rate_limits (key, window, current, previous, refused) VALUES (?, ?, ?, ?, ?)"


def since_start() -> float:
    """Seconds since the machine started, asleep or awake; the same for all processes, and nobody can set it back."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Count(NamedTuple):
    """What happened in the present window and the one before it, and how often it was refused in the present one."""

    current: int
    previous: int
    refused: int
    elapsed: float

    def weighted(self, period: int) -> float:
        """The count within one window's length before now."""
        return self.previous * (1 - self.elapsed / period) + self.current


class RateCounters:
    """Counters by key. Each call is a transaction of its own unless it is called inside of one."""

    def __init__(self, database: Database, earlier: Earlier, clock: Callable[[], float] = since_start) -> None:
        self._database = database
        self._earlier = earlier
        self._clock = clock

    def acquire(self, key: str, most: int, period: int, amount: int = 1) -> bool:
        """Count `amount` more if no more than `most` lie within `period` seconds then; returns whether it did."""
        with self._database.transaction(durable=False):
            window, count = self._read(key, period)
            if int(count.weighted(period)) + amount > most:
                return False
            self._database.change(_WRITE, (key, window, count.current + amount, count.previous, count.refused))
            return True

    def refuse(self, key: str, period: int) -> bool:
        """Note that something was refused; returns whether that is the first time in this window."""
        with self._database.transaction(durable=False):
            window, count = self._read(key, period)
            self._database.change(_WRITE, (key, window, count.current, count.previous, count.refused + 1))
            return count.refused == 0

    def count(self, key: str, period: int) -> Count:
        """Return the count of a key."""
        return self._read(key, period)[1]

    def seconds_until(self, key: str, most: int, period: int, amount: int = 1) -> float:
        """Seconds until `amount` more are allowed, if nothing else happens until then."""
        count, room = self.count(key, period), most - amount + 1  # the weighted count has to fall below it
        if count.current >= room:  # the present window has to end, and then to fade
            return period - count.elapsed + (1 - room / count.current) * period
        if not count.previous:
            return 0.0
        return max(0.0, (1 - (room - count.current) / count.previous) * period - count.elapsed)

    def clear(self, key: str) -> None:
        """Begin a key anew."""
        self._database.change("DELETE FROM rate_limits WHERE key = ?", (key,))

    def _read(self, key: str, period: int) -> tuple[int, Count]:
        now = self._clock()
        window, elapsed = int(now // period), now % period
        row = self._database.row(_READ, (key,))
        if row is None:
            # A new key, or one that somebody deleted: the audit log knows better than an empty counter.
            return window, Count(self._earlier(key, period), 0, 0, elapsed)
        stored, current, previous, refused = row
        if stored == window - 1:
            return window, Count(0, current, 0, elapsed)
        if stored < window - 1:
            return window, Count(0, 0, 0, elapsed)
        if stored > window:  # from before the machine was started anew: it counts as the present one
            self._database.change(_WRITE, (key, window, current, previous, refused))
        return window, Count(current, previous, refused, elapsed)
