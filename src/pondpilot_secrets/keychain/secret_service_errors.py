"""The errors of a Secret Service: what each means on the bus, and what to do for the program that serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import (
    KeychainAccessDeniedError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    PromptDismissedError,
    PromptTimeoutError,
    SecretError,
)
from pondpilot_secrets.keychain.bus import DISCONNECTED, ErrorMap, ObjectGoneError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.keychain.secret_service_programs import Program


class BrokenConnectionError(KeychainUnavailableError):
    """Raised when the keychain went away under a call: it may be starting again, so trying again soon may help."""


class LostSessionError(BrokenConnectionError):
    """Raised when the keychain does not know the encrypted session any more; a new one on the same connection helps.

    KWallet gives a new session the name of an old one, and drops both when the program ends that had the old one.
    """


class NoCollectionError(KeychainLockedError):
    """Raised when a Secret Service has no default collection: a new account, or it is just starting."""


def error_map(program: Callable[[], Program]) -> ErrorMap:
    """Return what the errors of the bus mean; `program` tells which one serves."""

    def timed_out(seconds: float) -> SecretError:
        return KeychainUnavailableError(
            f"{program().label} did not answer within {seconds:.2g} seconds", timed_out=True
        )

    def refused(name: str) -> SecretError:
        return _refused(name, program())

    return ErrorMap(no_bus, timed_out, refused)


def _refused(name: str, program: Program) -> SecretError:
    if name == DISCONNECTED:
        return BrokenConnectionError(f"the connection to {program.label} broke")
    if name.endswith(("ServiceUnknown", "NameHasNoOwner")) or ".Spawn." in name:
        return no_service()
    if name.endswith(("UnknownObject", "UnknownMethod", "UnknownInterface", "NoSuchObject")):
        return ObjectGoneError()
    if name.endswith("IsLocked"):
        return locked(program)
    if name.endswith(("NoSession", "InvalidObjectPath")):
        return LostSessionError(f"{program.label} lost the session with this program")
    if name.endswith(("NoReply", "Timeout", "Disconnected")):
        return BrokenConnectionError(f"{program.label} stopped before it answered")
    if name.endswith("AccessDenied"):
        return KeychainAccessDeniedError(f"{program.label} refused access")
    return KeychainUnavailableError(f"{program.label} refused a call: {name.rpartition('.')[2]}")


def no_bus() -> PlatformNotSupportedError:
    """Return the error for a session without a D-Bus."""
    return PlatformNotSupportedError(
        "this session has no D-Bus, and so no keychain (SSH sessions, containers, WSL)",
        hint="log in to this machine's desktop, which starts one; a new vault can use an encrypted file: POND_STORE=file",
    )


def no_service() -> PlatformNotSupportedError:
    """Return the error for a session bus on which nobody keeps secrets."""
    return PlatformNotSupportedError(
        "no Secret Service answers on this session's D-Bus: no keychain is running",
        hint="start one (gnome-keyring, KWallet, KeePassXC); a new vault can use an encrypted file: POND_STORE=file",
    )


def stopped(program: Program) -> KeychainUnavailableError:
    """Return the error for a keychain that answered before, and that nobody runs any more."""
    return KeychainUnavailableError(
        f"{program.label} has stopped, and did not come back",
        hint=f"log in again, or start it: {program.unlock}",
    )


def locked(program: Program) -> KeychainLockedError:
    """Return the error for a keychain that is locked."""
    return KeychainLockedError(f"{program.label} is locked", hint=_how_to_unlock(program))


def still_locked(program: Program) -> KeychainLockedError:
    """Return the error for a keychain that is locked although it was just asked to unlock."""
    return KeychainLockedError(f"{program.label} is still locked", hint=_how_to_unlock(program))


def _how_to_unlock(program: Program) -> str:
    return f"`pond vault unlock`; without a display {program.unlock}"


def no_collection(program: Program) -> NoCollectionError:
    """Return the error for a service that has no default collection, and is not asked to make one."""
    return NoCollectionError(
        f"{program.label} answers, but has no default collection yet: nobody has logged in to this session",
        hint=f"`pond vault unlock` has one made; without a display {program.unlock}; "
        "a new vault can use an encrypted file: POND_STORE=file",
    )


def dismissed(program: Program, purpose: str) -> PromptDismissedError:
    """Return the error for a prompt that was closed, or could not be shown; `purpose` is what it asked for."""
    return PromptDismissedError(
        f"{program.label} asked for {purpose}, and the prompt was dismissed or could not be shown",
        hint=f"answer the prompt; without a display {program.unlock}",
    )


def unanswered(program: Program, purpose: str, seconds: float) -> PromptTimeoutError:
    """Return the error for a prompt that nobody answered."""
    return PromptTimeoutError(
        f"{program.label} asked for {purpose}, and nobody answered within {seconds:g} seconds",
        hint=f"answer the prompt; without a display {program.unlock}",
    )
