"""macOS: Touch ID, an Apple Watch, or the login password, as LocalAuthentication decides.

The policy is `LAPolicyDeviceOwnerAuthentication` of LAContext (Apple's documentation of LocalAuthentication): biometrics
where they are set up, else the password. The system's dialog reads "python is trying to …" and goes on with our reason.
The reply comes on a queue of the framework's own; `invalidate()` takes the dialog from the screen.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.presence.base import (
    ANSWER_DEADLINE,
    PACKAGE_HINT,
    PresenceStatus,
    cannot_ask,
    dismissed,
    failed,
    unanswered,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.errors import PresenceRefusedError

_ASKER = "macOS"
_DESCRIPTION = "Touch ID, Apple Watch or the login password"
_DEVICE_OWNER = 2
"""LAPolicyDeviceOwnerAuthentication."""

_FAILED = {-1, -8}
"""LAErrorAuthenticationFailed, LAErrorBiometryLockout."""
_DISMISSED = {-2, -3, -4, -9}
"""LAErrorUserCancel, LAErrorUserFallback, LAErrorSystemCancel, LAErrorAppCancel."""
_CANNOT = {
    -5: "this account has no password",
    -10: "the question was withdrawn before it was put",
    -1004: "nobody is logged in at the screen",
}
"""LAErrorPasscodeNotSet, LAErrorInvalidContext, LAErrorNotInteractive; others are named by their number."""


def _local_authentication() -> Any:  # pragma: no cover - the seam: LocalAuthentication is on macOS only
    import LocalAuthentication

    return LocalAuthentication


class TouchId:
    """Asks through LocalAuthentication."""

    name = "Touch ID or password"

    def __init__(self, framework: Callable[[], Any] = _local_authentication) -> None:
        """Load nothing yet. `framework` gives the module LocalAuthentication, or raises ImportError."""
        self._framework = framework

    def available(self) -> PresenceStatus:
        """Say whether this Mac can ask; never prompts and never raises."""
        try:
            able, error = self._new_context().canEvaluatePolicy_error_(_DEVICE_OWNER, None)
        except ImportError:
            return PresenceStatus(False, _DESCRIPTION, "the package pyobjc is missing", PACKAGE_HINT)
        if able:
            return PresenceStatus(True, _DESCRIPTION)
        return PresenceStatus(False, _DESCRIPTION, _why_not(_code(error)))

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:
        """Ask, and take the dialog away when nobody answers in time; see `PresenceCheck.confirm`."""
        try:
            context = self._new_context()
        except ImportError:
            raise cannot_ask(_ASKER, "the package pyobjc is missing", PACKAGE_HINT) from None
        answers: list[tuple[bool, int]] = []
        answered = threading.Event()

        def reply(confirmed: bool, error: Any) -> None:
            answers.append((bool(confirmed), _code(error)))
            answered.set()

        try:
            context.evaluatePolicy_localizedReason_reply_(_DEVICE_OWNER, reason, reply)
            if not answered.wait(deadline):
                raise unanswered(_ASKER, deadline)
        finally:
            context.invalidate()
        # The first answer counts: `invalidate` may bring another.
        confirmed, code = answers[0]
        if not confirmed:
            raise _refusal(code)

    def _new_context(self) -> Any:
        return self._framework().LAContext.alloc().init()


def _code(error: Any) -> int:
    return 0 if error is None else int(error.code())


def _refusal(code: int) -> PresenceRefusedError:
    if code in _DISMISSED:
        return dismissed(_ASKER)
    return failed(_ASKER) if code in _FAILED else cannot_ask(_ASKER, _why_not(code))


def _why_not(code: int) -> str:
    return _CANNOT.get(code, f"LocalAuthentication says {code}")
