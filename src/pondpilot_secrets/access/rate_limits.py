"""How often secrets may be revealed and used.

Nobody notices the limits in normal work; a loop that reads out a vault is stopped.
"""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets.access.boot_clock import nanoseconds_since_boot
from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.access.sliding_window import SlidingWindowLog
from pondpilot_secrets.errors import RateLimitExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata

REVEALS, USES = ("reveal", "export"), ("use", "apply", "test")
"""The audit log's actions that count as a reveal, and as a use."""

HINT = "`pond vault limits` shows and changes the limits of this vault"


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

    def __init__(
        self,
        database: Database,
        limits: Limits = DEFAULTS,
        clock: Callable[[], int] = nanoseconds_since_boot,
        wall_clock: Callable[[], float] = time,
    ) -> None:
        """`clock` gives the nanoseconds since the machine started, `wall_clock` the seconds since 1970."""
        self._database = database
        self.limits = limits
        self._wall_clock = wall_clock
        self._log = SlidingWindowLog(database, self._in_the_audit_log, clock)
        self._refusals = SlidingWindowLog(database, lambda *_: 0, clock)

    def reveal(self, secrets: Sequence[SecretMetadata]) -> None:
        """Count a reveal of each secret; raises `RateLimitExceededError` (1007)."""
        for secret in secrets:
            self._acquire(f"reveal:{secret.id}", self.limits.reveal_each, 1, f"reveals of {secret.name!r}")
        self._acquire("reveal", self.limits.reveal_all, len(secrets), "reveals")

    def use(self, count: int) -> None:
        """Count uses; raises `RateLimitExceededError` (1007)."""
        self._acquire("use", self.limits.use_all, count, "uses")

    def is_first_refusal(self, error: RateLimitExceededError) -> bool:
        """Note a refusal, and tell whether it is the first within its period: a loop must not fill the audit log."""
        limit = {"use": self.limits.use_all, "reveal": self.limits.reveal_all}.get(error.key, self.limits.reveal_each)
        return self._refusals.acquire(f"refused:{error.key}", 1, limit.period)

    def _acquire(self, key: str, limit: Limit, amount: int, what: str) -> None:
        if amount > limit.amount:
            raise RateLimitExceededError(
                f"{amount} {what} at once are more than this vault allows ({limit.in_words()})",
                key=key,
                retry_after=float("inf"),
                hint=f"ask for fewer at once; {HINT}",
            )
        if amount and not self._log.acquire(key, limit.amount, limit.period, amount):
            wait = self._log.seconds_until(key, limit.amount, limit.period, amount)
            message = f"too many {what}: this vault allows {limit.in_words()}; try again in {max(1, round(wait))} s"
            raise RateLimitExceededError(message, key=key, retry_after=wait, hint=HINT)

    def _in_the_audit_log(self, key: str, most: int, period: float) -> int:
        """Count in the audit log, rows from a future that a clock set back has made included: rather too many."""
        kind, _, secret_id = key.partition(":")
        actions = REVEALS if kind == "reveal" else USES
        condition, parameters = (" AND secret_id = ?", [secret_id]) if secret_id else ("", [])
        row = self._database.row(
            f"SELECT count(*) FROM (SELECT at FROM audit WHERE action IN ({', '.join('?' * len(actions))})"
            f" AND outcome = 'ok'{condition} ORDER BY seq DESC LIMIT ?) WHERE at > ?",
            [*actions, *parameters, most, int((self._wall_clock() - period) * 1_000_000)],
        )
        return int(row[0])
