"""A log of moments for each key, in the vault's SQLite: exactly how much happened in any span up to now, for all processes.

A row says at which moment something was let through, and how much there was of that key in all by then. So what lies within
a window is the last total less that of the newest row before the window: two look-ups, however much happened. Rows that are
older than that row are deleted, so a key keeps no more of them than one window holds.

Time is that since the machine started (`boot_clock`), so setting the clock changes nothing. After a restart, what was
counted before it is taken to have just happened: too strict for the length of one window, and never too generous.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from pondpilot_secrets import log
from pondpilot_secrets.access.boot_clock import nanoseconds_since_boot

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database

Earlier: TypeAlias = Callable[[str, int, float], int]
"""How much the audit log knows of a key, up to so much, within so many seconds; for a key that has no rows here."""

_Row: TypeAlias = tuple[int, int]
"""A moment, and the total by then."""

_NOTHING: _Row = (0, 0)
_SECOND = 1_000_000_000

# The newest row of a key, and the newest of those from before a moment.
_READ = """
    SELECT * FROM (SELECT moment, total FROM rate_limits WHERE key = ?1 ORDER BY moment DESC LIMIT 1)
    UNION ALL
    SELECT * FROM (SELECT moment, total FROM rate_limits WHERE key = ?1 AND moment < ?2 ORDER BY moment DESC LIMIT 1)
"""
_WRITE = "INSERT OR REPLACE INTO rate_limits (key, moment, total) VALUES (?, ?, ?)"
_DELETE = "DELETE FROM rate_limits WHERE key = ? AND moment < ?"
_EXPIRY = "SELECT moment FROM rate_limits WHERE key = ? AND total > ? ORDER BY moment LIMIT 1"


class _Window(NamedTuple):
    """A window that ends now: when it began, the newest row before it, and the newest row of all."""

    now: int
    begin: int
    before: _Row
    last: _Row

    @property
    def amount(self) -> int:
        """How much lies within the window."""
        return self.last[1] - self.before[1]


class SlidingWindowLog:
    """What was let through, by key. Each call is a transaction of its own unless it is called inside of one."""

    def __init__(self, database: Database, earlier: Earlier, clock: Callable[[], int] = nanoseconds_since_boot) -> None:
        """`earlier` is asked about a key without rows; `clock` gives the nanoseconds since the machine started."""
        self._database = database
        self._earlier = earlier
        self._clock = clock

    def acquire(self, key: str, most: int, period: float, amount: int = 1) -> bool:
        """Let `amount` more through if no span of `period` seconds has more than `most` then; returns whether it did.

        A span has both of its ends: what happened exactly `period` seconds ago still counts.
        """
        with self._database.transaction(durable=False, savepoint=False):
            window = self._window(key, most, period)
            if window.amount + amount > most:
                return False
            self._database.change(_WRITE, (key, window.now, window.last[1] + amount))
            if window.before[0]:
                self._database.change(_DELETE, (key, window.before[0]))
            return True

    def seconds_until(self, key: str, most: int, period: float, amount: int = 1) -> float:
        """Seconds until `amount` more are let through, if nothing else is until then; `amount` is `most` at most."""
        with self._database.transaction(durable=False, savepoint=False):
            window = self._window(key, most, period)
            room = window.last[1] + amount - most  # how much of the total has to be older than the window
            if window.before[1] >= room:
                return 0.0
            (moment,) = self._database.row(_EXPIRY, (key, room - 1))
            return float(moment + 1 - window.begin) / _SECOND

    def _window(self, key: str, most: int, period: float) -> _Window:
        now, span = self._clock(), int(period * _SECOND)
        before, last = self._rows(key, now - span)
        if last is None:
            # A new key, or one that somebody deleted: the audit log knows better than a count of nothing.
            return self._begun(key, now, now - span, self._earlier(key, most, period))
        if last[0] > now:
            log.debug("access", "the machine was restarted: what the limit %s counted before is counted as new", key)
            before, _ = self._rows(key, last[0] - span)
            return self._begun(key, now, now - span, last[1] - before[1])
        return _Window(now, now - span, before, last)

    def _rows(self, key: str, begin: int) -> tuple[_Row, _Row | None]:
        """The newest row from before a moment, and the newest of all."""
        rows = self._database.rows(_READ, (key, begin))
        return rows[1] if len(rows) > 1 else _NOTHING, rows[0] if rows else None

    def _begun(self, key: str, now: int, begin: int, count: int) -> _Window:
        """Begin the log of a key with what is known to have happened, as if it were now."""
        self._database.change("DELETE FROM rate_limits WHERE key = ?", (key,))
        if count:
            self._database.change(_WRITE, (key, now, count))
        return _Window(now, begin, _NOTHING, (now, count))
