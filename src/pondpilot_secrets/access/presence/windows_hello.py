"""Windows: Windows Hello asks for a face, a fingerprint or the PIN.

The class is Windows.Security.Credentials.UI.UserConsentVerifier (Microsoft's reference of the Windows Runtime), through the
winrt packages; its operations are waited for, so no event loop is needed. The numbers below are those of its enumerations.
Microsoft advises programs with a window to call `RequestVerificationForWindowAsync`: a command line has no window of its
own, so the dialog may open behind the terminal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pondpilot_secrets import log
from pondpilot_secrets.access.presence.base import ANSWER_DEADLINE, cannot_ask, nobody_answered
from pondpilot_secrets.access.presence.native_question import NativeQuestion
from pondpilot_secrets.keychain.base import CALL_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.access.presence.base import PresenceStatus

_SET_UP = "set it up in Settings, Accounts, Sign-in options"

_STARTED, _COMPLETED = 0, 1
"""Of AsyncStatus."""
_VERIFIED, _RETRIES_EXHAUSTED, _CANCELED = 0, 5, 6
_NOT_CONFIGURED = 2

_QUESTION = NativeQuestion(
    asker="Windows Hello",
    description="Windows Hello: face, fingerprint or PIN",
    package="the winrt packages are",
    dismissed=frozenset((_CANCELED,)),
    rejected=frozenset((_RETRIES_EXHAUSTED,)),
    # The numbers that UserConsentVerifierAvailability and UserConsentVerificationResult share.
    reasons={
        1: "this machine has no device for it",
        _NOT_CONFIGURED: "it is not set up for this user",
        3: "a group policy forbids it",
        4: "its device is busy",
    },
    other="it answers {}",
)


def _user_consent_verifier() -> Any:  # pragma: no cover - the seam: the Windows Runtime is on Windows only
    from winrt.windows.security.credentials.ui import UserConsentVerifier

    return UserConsentVerifier


class WindowsHello:
    """Asks through UserConsentVerifier."""

    name = "Windows Hello"

    def __init__(self, verifier: Callable[[], Any] = _user_consent_verifier) -> None:
        """Load nothing yet. `verifier` gives the class UserConsentVerifier, or raises ImportError."""
        self._verifier = verifier

    def available(self) -> PresenceStatus:
        """Say whether Windows Hello is set up; never prompts and never raises."""
        try:
            number = _result_of(lambda: self._verifier().check_availability_async(), CALL_DEADLINE)
        except ImportError:
            return _QUESTION.without_package()
        except (OSError, RuntimeError) as error:
            log.debug("access", "Windows Hello did not say whether it is there: %s", error)
            return _QUESTION.unavailable(f"Windows does not say whether it is there: {_text_of(error)}")
        if number == 0:
            return _QUESTION.available()
        return _QUESTION.unavailable(_QUESTION.reason_of(number), _SET_UP if number == _NOT_CONFIGURED else None)

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:
        """Ask, and take the dialog away when nobody answers in time; see `PresenceCheck.confirm`."""
        message = f"Confirm that it is you, to {reason}"
        try:
            number = _result_of(lambda: self._verifier().request_verification_async(message), deadline)
        except ImportError:
            raise _QUESTION.package_missing() from None
        except TimeoutError:
            raise nobody_answered(_QUESTION.asker, deadline) from None
        except (OSError, RuntimeError) as error:
            raise cannot_ask(_QUESTION.asker, _text_of(error)) from None
        if number != _VERIFIED:
            raise _QUESTION.refusal(number)


def _result_of(begin: Callable[[], Any], seconds: float) -> int:
    """Begin an operation and wait for its number; raises `TimeoutError` when it takes longer, having cancelled it."""
    operation = begin()
    status = None
    try:
        status = operation.wait(seconds)
    finally:
        if status in (None, _STARTED):  # nobody answered, or Ctrl-C
            operation.cancel()
    if status == _STARTED:
        raise TimeoutError
    return int(operation.get_results()) if status == _COMPLETED else _CANCELED


def _text_of(error: OSError | RuntimeError) -> str:
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    return (error.strerror if isinstance(error, OSError) else str(error)) or "no reason given"
