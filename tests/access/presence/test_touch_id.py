"""Touch ID behind its seam: a stand-in for the module LocalAuthentication, with the calls that pyobjc gives it.

The names are those of pyobjc-framework-LocalAuthentication 12; the framework itself runs on macOS only.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.access.presence.base import NobodyToAskError, PresenceCheck, UnansweredError
from pondpilot_secrets.access.presence.touch_id import TouchId
from pondpilot_secrets.errors import PresenceRefusedError

if TYPE_CHECKING:
    from collections.abc import Callable


class FakeError:
    def __init__(self, code: int) -> None:
        self._code = code

    def code(self) -> int:
        return self._code


class FakeContext:
    """An LAContext that answers with `code` from another thread (0: confirmed), or with None never."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        self.reasons: list[str] = []
        self.invalidated = 0
        self.reply: Callable[[bool, FakeError | None], None] = lambda *_: None

    def alloc(self) -> FakeContext:
        return self

    init = alloc

    def canEvaluatePolicy_error_(self, policy: int, error: None) -> tuple[bool, FakeError | None]:  # noqa: N802
        assert (policy, error) == (2, None)
        return (True, None) if not self.code else (False, FakeError(self.code))

    def evaluatePolicy_localizedReason_reply_(self, policy: int, reason: str, reply: Any) -> None:  # noqa: N802
        assert policy == 2
        self.reasons.append(reason)
        self.reply = reply
        if self.code is not None:
            error = FakeError(self.code) if self.code else None
            threading.Thread(target=reply, args=(not self.code, error)).start()

    def invalidate(self) -> None:
        """Also ends a pending question, as Apple documents: with LAErrorAppCancel."""
        self.invalidated += 1
        if self.code is None:
            self.reply(False, FakeError(-9))


class FakeFramework:
    def __init__(self, code: int | None) -> None:
        self.LAContext = FakeContext(code)


def touch_id(code: int | None) -> tuple[TouchId, FakeContext]:
    framework = FakeFramework(code)
    return TouchId(lambda: framework), framework.LAContext


def missing() -> Any:
    raise ImportError("LocalAuthentication")


def test_it_is_a_presence_check() -> None:
    assert isinstance(TouchId(), PresenceCheck)


def test_a_finger_confirms() -> None:
    check, context = touch_id(0)
    assert check.available().available
    check.confirm("show the password of 'warehouse'")
    assert (context.reasons, context.invalidated) == (["show the password of 'warehouse'"], 1)


def test_a_no_without_an_error_is_a_no() -> None:
    framework = FakeFramework(None)

    class Refused(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            framework.LAContext.reply(False, None)
            return super().wait(timeout)

    with pytest.raises(PresenceRefusedError, match="says 0"):
        TouchId(lambda: framework, Refused).confirm("show it", 5)


@pytest.mark.parametrize(
    ("code", "words", "unasked"),
    [
        (-1, "was not accepted", False),
        (-8, "was not accepted", False),
        (-2, "was dismissed", False),
        (-3, "was dismissed", False),
        (-4, "was dismissed", False),
        (-9, "was dismissed", False),
        (-5, "this account has no password", True),
        (-1004, "nobody is logged in at the screen", True),
        (-10, "withdrawn", True),
        (-6, "LocalAuthentication says -6", True),
    ],
)
def test_every_refusal_says_what_it_was(code: int, words: str, unasked: bool) -> None:
    check, context = touch_id(code)
    with pytest.raises(PresenceRefusedError, match=words) as caught:
        check.confirm("show it")
    assert isinstance(caught.value, NobodyToAskError) == unasked
    assert context.invalidated == 1


def test_a_dialog_that_nobody_answers_is_taken_away_at_the_deadline() -> None:
    waited: list[float | None] = []

    class Unanswered(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waited.append(timeout)
            return False

    framework = FakeFramework(None)
    with pytest.raises(UnansweredError, match=r"nobody answered within 60 seconds"):
        TouchId(lambda: framework, Unanswered).confirm("show it")
    assert waited == [60]
    assert framework.LAContext.invalidated == 1


@pytest.mark.parametrize(("code", "reason"), [(-5, "has no password"), (-1004, "at the screen"), (-7, "says -7")])
def test_a_mac_that_cannot_ask_says_why(code: int, reason: str) -> None:
    status = touch_id(code)[0].available()
    assert (status.available, reason in (status.reason or "")) == (False, True)


def test_without_pyobjc_the_hint_names_the_extra() -> None:
    check = TouchId(missing)
    status = check.available()
    assert (status.available, status.hint) == (False, "pip install 'pondpilot-secrets[presence]'")
    with pytest.raises(NobodyToAskError) as caught:
        check.confirm("show it")
    assert caught.value.hint == status.hint
