"""How often secrets may be revealed and used.

Nobody notices the limits in normal work; a loop that reads out a vault is stopped.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, NamedTuple, Self

from pondpilot_secrets.access.rate_counters import RateCounters
from pondpilot_secrets.errors import RateLimitExceededError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata

REVEALS, USES = ("reveal", "export"), ("use", "apply", "test")
"""The audit log's actions that count as a reveal, and as a use."""

HINT = "`pond vault limits` shows and changes the limits of this vault"


class Limit(NamedTuple):
    """So many within so many seconds; as text `60/60`."""

    amount: int
    period: int = 60

    def __str__(self) -> str:
        return f"{self.amount}/{self.period}"

    @classmethod
    def stored(cls, text: str | None, otherwise: Limit) -> Limit:
        """Return a limit from its text, or the other one where there is none."""
        if text is None:
            return otherwise
        amount, _, period = text.partition("/")
        return cls(int(amount), int(period))

    @classmethod
    def parsed(cls, notation: str) -> Self:
        """Return a limit from the notation of the limits library: `60/minute`, `1000 per hour`; raises `UsageError`."""
        import limits  # 100 ms to import, so that only who sets a limit pays for its grammar

        try:
            item = limits.parse(notation)
        except ValueError:
            raise UsageError(
                f"{notation!r} is no limit", hint="give a number and a time, as `60/minute` or `1000 per hour`"
            ) from None
        if item.amount < 1 or item.get_expiry() > _LONGEST:
            raise UsageError("a limit allows at least one, within a day at most", hint="for example `60/minute`")
        return cls(item.amount, item.get_expiry())

    def in_words(self) -> str:
        """The limit as people say it."""
        units = {1: "a second", 60: "a minute", 3600: "an hour", 86400: "a day"}
        return f"{self.amount} {units[self.period]}" if self.period in units else f"{self.amount} in {self.period} s"


_LONGEST = 86_400


class Limits(NamedTuple):
    """The limits of a vault.

    Attributes:
        reveal_each: reveals of any one secret.
        reveal_all: reveals of all secrets together.
        use_all: uses, tests included, of all secrets together.
    """

    reveal_each: Limit = Limit(60)
    reveal_all: Limit = Limit(300)
    use_all: Limit = Limit(6_000)


DEFAULTS = Limits()


class RateLimiter:
    """The limits of one vault. Ask in the transaction that records what is asked for."""

    def __init__(self, database: Database, limits: Limits = DEFAULTS, counters: RateCounters | None = None) -> None:
        self._database = database
        self.limits = limits
        self.counters = counters or RateCounters(database, self._in_the_log)

    def reveal(self, secrets: Sequence[SecretMetadata]) -> None:
        """Count a reveal of each secret; raises `RateLimitExceededError` (1007)."""
        for secret in secrets:
            self._acquire(f"reveal:{secret.id}", self.limits.reveal_each, 1, f"reveals of {secret.name!r}")
        self._acquire("reveal", self.limits.reveal_all, len(secrets), "reveals")

    def use(self, count: int) -> None:
        """Count uses; raises `RateLimitExceededError` (1007)."""
        self._acquire("use", self.limits.use_all, count, "uses")

    def is_first_refusal(self, error: RateLimitExceededError) -> bool:
        """Note a refusal, and tell whether it is the first of its window, so that a loop does not fill the audit log."""
        limit = {"use": self.limits.use_all, "reveal": self.limits.reveal_all}.get(error.key, self.limits.reveal_each)
        return self.counters.refuse(error.key, limit.period)

    def _acquire(self, key: str, limit: Limit, amount: int, what: str) -> None:
        if amount > limit.amount:
            raise RateLimitExceededError(
                f"{amount} {what} at once are more than this vault allows ({limit.in_words()})",
                key=key,
                retry_after=float("inf"),
                hint=f"ask for fewer at once; {HINT}",
            )
        if amount and not self.counters.acquire(key, *limit, amount):
            wait = self.counters.seconds_until(key, *limit, amount)
            message = f"too many {what}: this vault allows {limit.in_words()}; try again in {max(1, round(wait))} s"
            raise RateLimitExceededError(message, key=key, retry_after=wait, hint=HINT)

    def _in_the_log(self, key: str, period: int) -> int:
        """Count in the audit log, rows from a future that a clock set back has made included: rather too many."""
        kind, _, secret_id = key.partition(":")
        actions = REVEALS if kind == "reveal" else USES
        condition, parameters = (" AND secret_id = ?", [secret_id]) if secret_id else ("", [])
        row = self._database.row(
            f"SELECT count(*) FROM (SELECT at FROM audit WHERE action IN ({', '.join('?' * len(actions))})"
            f" AND outcome = 'ok'{condition} ORDER BY seq DESC LIMIT 10000) WHERE at > ?",
            [*actions, *parameters, int((time() - period) * 1_000_000)],
        )
        return int(row[0])
