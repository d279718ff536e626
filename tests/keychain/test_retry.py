"""A call is repeated while its error is transient, four times at most and never begun after the deadline."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import KeychainLockedError, KeychainUnavailableError, SecretError
from pondpilot_secrets.keychain.retry import JITTER, WAITS, retry
from pondpilot_secrets.keychain.secret_service_errors import BrokenConnectionError


class Clock:
    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Call:
    """Raises the errors, one a try, and then gives an answer; each try takes so many seconds."""

    def __init__(self, clock: Clock, *errors: SecretError, seconds: float = 0.0) -> None:
        self.errors, self.tries, self._clock, self._seconds = list(errors), 0, clock, seconds

    def __call__(self) -> str:
        self.tries += 1
        self._clock.now += self._seconds
        if self.errors:
            raise self.errors.pop(0)
        return "answer"


def broken() -> SecretError:
    return BrokenConnectionError("it broke")


def transient(error: Exception) -> bool:
    return isinstance(error, BrokenConnectionError)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_call_that_succeeds_is_made_once(clock: Clock) -> None:
    call = Call(clock)
    assert retry(call, transient, 2, clock=clock, sleep=clock.sleep) == "answer"
    assert (call.tries, clock.slept) == (1, [])


def test_a_transient_error_is_tried_again_after_longer_and_longer_waits(clock: Clock) -> None:
    call = Call(clock, broken(), broken(), broken())
    assert retry(call, transient, 2, clock=clock, sleep=clock.sleep) == "answer"
    assert call.tries == 4
    for slept, wait in zip(clock.slept, WAITS, strict=True):
        assert wait <= slept <= wait + JITTER


def test_the_fourth_error_is_raised(clock: Clock) -> None:
    last = broken()
    call = Call(clock, broken(), broken(), broken(), last, broken())
    with pytest.raises(BrokenConnectionError) as caught:
        retry(call, transient, 60, clock=clock, sleep=clock.sleep)
    assert caught.value is last
    assert call.tries == 4


@pytest.mark.parametrize("error", [KeychainLockedError("x"), KeychainUnavailableError("x", timed_out=True)])
def test_any_other_error_is_raised_at_once(clock: Clock, error: SecretError) -> None:
    call = Call(clock, error, broken())
    with pytest.raises(type(error)) as caught:
        retry(call, transient, 2, clock=clock, sleep=clock.sleep)
    assert caught.value is error
    assert (call.tries, clock.slept) == (1, [])


@pytest.mark.parametrize(("seconds", "each"), [(0.5, 0.0), (2.0, 0.9), (1.0, 0.4), (0.0, 0.0)])
def test_no_try_begins_after_the_deadline(clock: Clock, seconds: float, each: float) -> None:
    call = Call(clock, *(broken() for _ in range(10)), seconds=each)
    with pytest.raises(BrokenConnectionError):
        retry(call, transient, seconds, clock=clock, sleep=clock.sleep)
    assert clock.now <= 100 + seconds + each
    assert call.tries < 4


def test_programs_do_not_come_back_at_the_same_moment(clock: Clock) -> None:
    waits = set()
    for _ in range(20):
        retry(Call(clock, broken()), transient, 2, clock=clock, sleep=waits.add)
    assert len(waits) > 10
