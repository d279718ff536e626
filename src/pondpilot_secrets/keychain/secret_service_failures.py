"""What the errors of D-Bus mean where a keychain is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import KeychainAccessDeniedError, KeychainLockedError, KeychainUnavailableError
from pondpilot_secrets.keychain.bus import DISCONNECTED, ErrorMap
from pondpilot_secrets.keychain.system_errors import BrokenConnectionError, ObjectGoneError, broken, no_bus, no_service

if TYPE_CHECKING:
    from pondpilot_secrets.errors import SecretError


def _timed_out(seconds: float) -> SecretError:
    return KeychainUnavailableError(f"the keychain did not answer within {seconds:.2g} seconds", timed_out=True)


def _refused(name: str) -> SecretError:
    if name == DISCONNECTED:
        return broken()
    if name.endswith(("ServiceUnknown", "NameHasNoOwner")) or ".Spawn." in name:
        return no_service()
    if name.endswith(("UnknownObject", "UnknownMethod", "UnknownInterface", "NoSuchObject")):
        return ObjectGoneError()
    if name.endswith("IsLocked"):
        return KeychainLockedError("the keychain is locked")
    if name.endswith(("NoReply", "Timeout", "Disconnected", "NoSession")):
        return BrokenConnectionError("the keychain stopped before it answered")
    if name.endswith("AccessDenied"):
        return KeychainAccessDeniedError("the keychain refused access")
    return KeychainUnavailableError(f"the keychain refused a call: {name.rpartition('.')[2]}")


KEYCHAIN = ErrorMap(no_bus, _timed_out, _refused)
"""The errors of a Secret Service."""
