"""One limit: so many within so many seconds, and the notation in which people write it.

The notation is a number, `per` or `/`, and a time: `60/minute`, `1000 per hour`, `5 per 2 hours`. Times are in seconds,
minutes, hours and days, up to a day.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

from pondpilot_secrets import log
from pondpilot_secrets.errors import UsageError

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_LONGEST = 86_400
_MOST = 1_000_000_000
_NOTATION = re.compile(r"([0-9]{1,10}) *(?:/|per\b) *(?:([0-9]{1,6}) +)?(second|minute|hour|day)s?", re.IGNORECASE)
_FORMS = "give a number and a time, as `60/minute`, `1000 per hour` or `5 per 2 hours`; up to a day"


class Limit(NamedTuple):
    """So many within so many seconds; as text `60/60`."""

    amount: int
    period: int = 60

    def __str__(self) -> str:
        return f"{self.amount}/{self.period}"

    @classmethod
    def load(cls, text: str | None, default: Limit) -> Limit:
        """Return a limit from the text that `str` gives; the default where there is none, or none that makes sense."""
        if text is None:
            return default
        amount, _, period = text.partition("/")
        try:
            limit = cls(int(amount), int(period))
        except ValueError:
            limit = cls(0, 0)
        if limit.is_sound():
            return limit
        log.info("access", "a limit in the vault's settings is unreadable, so the default stands: %s", default)
        return default

    @classmethod
    def parse(cls, notation: str) -> Self:
        """Return a limit from its notation; raises `UsageError` (1022), whose hint says what can be written."""
        found = _NOTATION.fullmatch(notation.strip())
        if found is None:
            raise UsageError(f"{notation!r} is no limit", hint=_FORMS)
        amount, multiple, unit = found.groups()
        limit = cls(int(amount), int(multiple or 1) * _UNITS[unit.lower()])
        if not limit.is_sound():
            raise UsageError("a limit allows at least one, within a day at most", hint=_FORMS)
        return limit

    def is_sound(self) -> bool:
        """Whether it allows at least one, within a day at most."""
        return 1 <= self.amount <= _MOST and 1 <= self.period <= _LONGEST

    def in_words(self) -> str:
        """The limit as people say it: `60 a minute`, `5 in 2 hours`, `3 in 90 seconds`."""
        unit, seconds = next(each for each in reversed(_UNITS.items()) if self.period % each[1] == 0)
        multiple = self.period // seconds
        if multiple == 1:
            return f"{self.amount} {'an' if unit == 'hour' else 'a'} {unit}"
        return f"{self.amount} in {multiple} {unit}s"
