"""Windows Hello behind its seam: a stand-in for the class UserConsentVerifier, with the calls that winrt gives it.

The names are those of winrt-Windows.Security.Credentials.UI and winrt-Windows.Foundation, 3.2 and 4; Windows was not there.
"""

from __future__ import annotations

from typing import Any

import pytest

from pondpilot_secrets.access.presence.base import NobodyToAskError, PresenceCheck, UnansweredError
from pondpilot_secrets.access.presence.windows_hello import WindowsHello
from pondpilot_secrets.errors import PresenceRefusedError

STARTED, COMPLETED, CANCELED, ERROR = range(4)


class FakeOperation:
    """An IAsyncOperation; `wait` returns how far it came."""

    def __init__(self, status: int, result: int = 0, failure: BaseException | None = None) -> None:
        self.status = status
        self.result = result
        self.failure = failure
        self.waited: list[float] = []
        self.cancelled = False

    def wait(self, timeout: float) -> int:
        self.waited.append(timeout)
        if self.failure is not None:
            raise self.failure
        return self.status

    def get_results(self) -> int:
        assert self.status == COMPLETED
        return self.result

    def cancel(self) -> None:
        self.cancelled = True


class FakeVerifier:
    def __init__(self, operation: FakeOperation) -> None:
        self.operation = operation
        self.messages: list[str] = []

    def check_availability_async(self) -> FakeOperation:
        return self.operation

    def request_verification_async(self, message: str) -> FakeOperation:
        self.messages.append(message)
        return self.operation


def hello(status: int, result: int = 0, failure: BaseException | None = None) -> tuple[WindowsHello, FakeVerifier]:
    verifier = FakeVerifier(FakeOperation(status, result, failure))
    return WindowsHello(lambda: verifier), verifier


def missing() -> Any:
    raise ImportError("winrt")


def test_it_is_a_presence_check() -> None:
    assert isinstance(WindowsHello(), PresenceCheck)


def test_a_face_confirms() -> None:
    check, verifier = hello(COMPLETED)
    assert check.available().available
    check.confirm("show the password of 'warehouse'", 7)
    assert verifier.messages == ["Confirm that it is you, to show the password of 'warehouse'"]
    assert verifier.operation.waited[-1] == 7
    assert not verifier.operation.cancelled


@pytest.mark.parametrize(
    ("result", "words", "unasked"),
    [
        (1, "no device", True),
        (2, "not set up", True),
        (3, "group policy", True),
        (4, "busy", True),
        (5, "was not accepted", False),
        (6, "was dismissed", False),
        (99, "it answers 99", True),
    ],
)
def test_every_refusal_says_what_it_was(result: int, words: str, unasked: bool) -> None:
    check, _ = hello(COMPLETED, result)
    with pytest.raises(PresenceRefusedError, match=words) as caught:
        check.confirm("show it")
    assert isinstance(caught.value, NobodyToAskError) == unasked


@pytest.mark.parametrize("status", [CANCELED, ERROR])
def test_an_operation_that_did_not_complete_confirms_nothing(status: int) -> None:
    check, _ = hello(status)
    with pytest.raises(PresenceRefusedError):
        check.confirm("show it")


def test_a_dialog_that_nobody_answers_is_cancelled_at_the_deadline() -> None:
    check, verifier = hello(STARTED)
    with pytest.raises(UnansweredError, match="nobody answered within 60 seconds"):
        check.confirm("show it")
    assert verifier.operation.cancelled


def test_ctrl_c_takes_the_dialog_away() -> None:
    check, verifier = hello(STARTED, failure=KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        check.confirm("show it")
    assert verifier.operation.cancelled


@pytest.mark.parametrize("failure", [OSError(22, "the service is off"), RuntimeError("the service is off")])
def test_a_call_that_fails_is_nobody_to_ask(failure: Exception) -> None:
    check, _ = hello(STARTED, failure=failure)
    with pytest.raises(NobodyToAskError, match="the service is off"):
        check.confirm("show it")
    status = check.available()
    assert (status.available, "the service is off" in (status.reason or "")) == (False, True)


@pytest.mark.parametrize(
    ("result", "reason", "hint"),
    [(1, "no device", None), (2, "not set up", "Settings"), (3, "group policy", None), (4, "busy", None)],
)
def test_a_machine_that_cannot_ask_says_why(result: int, reason: str, hint: str | None) -> None:
    status = hello(COMPLETED, result)[0].available()
    assert (status.available, reason in (status.reason or "")) == (False, True)
    assert (hint or "") in (status.hint or "")


def test_an_availability_that_is_never_told_is_none() -> None:
    status = hello(STARTED)[0].available()
    assert (status.available, "in time" in (status.reason or "")) == (False, True)


def test_without_winrt_the_hint_names_the_extra() -> None:
    check = WindowsHello(missing)
    status = check.available()
    assert (status.available, status.hint) == (False, "pip install 'pondpilot-secrets[presence]'")
    with pytest.raises(NobodyToAskError) as caught:
        check.confirm("show it")
    assert caught.value.hint == status.hint
