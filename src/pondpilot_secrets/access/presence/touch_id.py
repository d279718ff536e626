"""macOS: Touch ID, an Apple Watch, or the login password, as LocalAuthentication decides.

The policy is `LAPolicyDeviceOwnerAuthentication` of LAContext (Apple's documentation of LocalAuthentication): biometrics
where they are set up, else the password. The system's dialog reads "python is trying to …" and goes on with our reason.
The reply comes on a queue of the framework's own; `invalidate()` takes the dialog from the screen.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.presence.base import ANSWER_DEADLINE, nobody_answered
from pondpilot_secrets.access.presence.native_question import NativeQuestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.access.presence.base import PresenceStatus

_DEVICE_OWNER = 2
"""LAPolicyDeviceOwnerAuthentication."""

_QUESTION = NativeQuestion(
    asker="macOS",
    description="Touch ID, Apple Watch or the login password",
    package="the package pyobjc is",
    # LAErrorUserCancel, LAErrorUserFallback, LAErrorSystemCancel, LAErrorAppCancel
    dismissed=frozenset((-2, -3, -4, -9)),
    # LAErrorAuthenticationFailed, LAErrorBiometryLockout
    rejected=frozenset((-1, -8)),
    # LAErrorPasscodeNotSet, LAErrorInvalidContext, LAErrorNotInteractive
    reasons={
        -5: "this account has no password",
        -10: "the question was withdrawn before it was put",
        -1004: "nobody is logged in at the screen",
    },
    other="LocalAuthentication says {}",
)


def _local_authentication() -> Any:  # pragma: no cover - the seam: LocalAuthentication is on macOS only
    import LocalAuthentication

    return LocalAuthentication


class TouchId:
    """Asks through LocalAuthentication."""

    name = "Touch ID or password"

    def __init__(
        self,
        framework: Callable[[], Any] = _local_authentication,
        make_event: Callable[[], threading.Event] = threading.Event,
    ) -> None:
        """Load nothing yet. `framework` gives the module LocalAuthentication, or raises ImportError."""
        self._framework = framework
        self._make_event = make_event

    def available(self) -> PresenceStatus:
        """Say whether this Mac can ask; never prompts and never raises."""
        try:
            able, error = self._new_context().canEvaluatePolicy_error_(_DEVICE_OWNER, None)
        except ImportError:
            return _QUESTION.without_package()
        return _QUESTION.available() if able else _QUESTION.unavailable(_QUESTION.reason_of(_number_of(error)))

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:
        """Ask, and take the dialog away when nobody answers in time; see `PresenceCheck.confirm`."""
        try:
            context = self._new_context()
        except ImportError:
            raise _QUESTION.package_missing() from None
        answers: list[tuple[bool, int]] = []
        answered = self._make_event()

        def reply(confirmed: bool, error: Any) -> None:
            answers.append((bool(confirmed), _number_of(error)))
            answered.set()

        try:
            context.evaluatePolicy_localizedReason_reply_(_DEVICE_OWNER, reason, reply)
            if not answered.wait(deadline):
                raise nobody_answered(_QUESTION.asker, deadline)
        finally:
            context.invalidate()
        # The first answer counts: `invalidate` may bring another.
        confirmed, number = answers[0]
        if not confirmed:
            raise _QUESTION.refusal(number)

    def _new_context(self) -> Any:
        return self._framework().LAContext.alloc().init()


def _number_of(error: Any) -> int:
    return 0 if error is None else int(error.code())
