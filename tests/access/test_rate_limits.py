"""The limits of a vault: what counts towards which, what is said, and what the audit log knows where counts are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.access.audit import Action, AuditEntry, AuditLog, Outcome
from pondpilot_secrets.access.grants import EVERYTHING
from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.access.rate_limits import DEFAULTS, Limits, RateLimiter
from pondpilot_secrets.errors import RateLimitExceededError
from pondpilot_secrets.secure import SecureString
from tests.access.conftest import KEY
from tests.metadata.samples import sample

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore

SECOND = 10**9
A, B = sample("a"), sample("b")


class Clock:
    def __init__(self) -> None:
        self.now = 1000 * SECOND

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(store: MetadataStore, clock: Clock) -> RateLimiter:
    return RateLimiter(store.database, Limits(Limit(2), Limit(3), Limit(4)), clock)


def refusal(limiter: RateLimiter, *secrets: object) -> RateLimitExceededError:
    with pytest.raises(RateLimitExceededError) as caught:
        limiter.reveal(secrets)  # type: ignore[arg-type]
    return caught.value


def test_nobody_notices_the_defaults_in_normal_work() -> None:
    assert DEFAULTS == ((60, 60), (300, 60), (6000, 60))


def test_each_secret_has_its_own_limit_and_all_have_one_together(limiter: RateLimiter) -> None:
    limiter.reveal([A])
    limiter.reveal([A])
    assert "reveals of 'a'" in refusal(limiter, A).message
    limiter.reveal([B])
    error = refusal(limiter, sample("c"))
    assert (error.key, error.message.split(";")[0]) == ("reveal", "too many reveals: this vault allows 3 a minute")


def test_uses_count_by_themselves(limiter: RateLimiter) -> None:
    limiter.use(3)
    limiter.reveal([A])
    with pytest.raises(RateLimitExceededError, match="too many uses"):
        limiter.use(2)
    limiter.use(1)
    limiter.use(0)


def test_an_error_says_when_to_try_again_and_is_right(limiter: RateLimiter, clock: Clock) -> None:
    limiter.reveal([A])
    clock.now += 20 * SECOND
    limiter.reveal([A])
    error = refusal(limiter, A)
    assert error.retry_after == pytest.approx(40)
    assert "try again in 40 s" in error.message
    clock.now += round(error.retry_after * SECOND)
    limiter.reveal([A])


def test_more_at_once_than_a_limit_has_is_told_from_too_many(limiter: RateLimiter) -> None:
    error = refusal(limiter, *(sample(name) for name in "abcd"))
    assert error.retry_after == float("inf")
    assert "4 reveals at once are more than this vault allows (3 a minute)" in error.message
    assert "ask for fewer at once" in (error.hint or "")


def test_the_first_refusal_within_a_period_is_told_from_the_others(limiter: RateLimiter, clock: Clock) -> None:
    limiter.reveal([A])
    limiter.reveal([A])
    error = refusal(limiter, A)
    assert [limiter.is_first_refusal(error) for _ in range(3)] == [True, False, False]
    assert limiter.is_first_refusal(RateLimitExceededError("other", key="use", retry_after=1))
    clock.now += 60 * SECOND + 1
    assert limiter.is_first_refusal(error)


NOW = 1_800_000_000


def audit_log(store: MetadataStore, at: float = NOW) -> AuditLog:
    return AuditLog(store.database, SecureString(KEY), EVERYTHING, lambda: round(at * SECOND))


def limiter_at(store: MetadataStore, clock: Clock, limits: Limits, at: float = NOW) -> RateLimiter:
    return RateLimiter(store.database, limits, clock, lambda: at)


def test_where_counts_are_gone_the_audit_log_knows(store: MetadataStore, clock: Clock) -> None:
    audit_log(store).append(
        [AuditEntry.of(Action.REVEAL, A), AuditEntry.of(Action.REVEAL, B), AuditEntry.of(Action.USE, A)]
    )
    limiter = limiter_at(store, clock, Limits(Limit(2), Limit(4), Limit(2)))
    limiter.reveal([A])
    assert refusal(limiter, A).key == f"reveal:{A.id}"
    limiter.reveal([B])
    assert refusal(limiter, sample("c")).key == "reveal"
    limiter.use(1)
    with pytest.raises(RateLimitExceededError):
        limiter.use(1)


def test_denials_and_what_happened_long_ago_do_not_count(store: MetadataStore, clock: Clock) -> None:
    once = Limits(Limit(1), Limit(1), Limit(1))
    audit_log(store).append([AuditEntry.of(Action.REVEAL, A, outcome=Outcome.DENIED, code=1007)])
    audit_log(store, NOW - 60).append([AuditEntry.of(Action.REVEAL, A)])
    limiter_at(store, clock, once).reveal([A])
    audit_log(store, NOW - 59.9).append([AuditEntry.of(Action.REVEAL, B)])
    refusal(limiter_at(store, clock, once), B)


def test_a_wall_clock_that_was_set_back_counts_rows_of_its_future(store: MetadataStore, clock: Clock) -> None:
    audit_log(store).append([AuditEntry.of(Action.REVEAL, A)] * 2)
    limiter = limiter_at(store, clock, Limits(Limit(2), Limit(9), Limit(9)), NOW - 10_000_000)
    refusal(limiter, A)
