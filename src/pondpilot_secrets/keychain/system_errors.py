"""What the system's keychains say, in our words: the one place that knows the texts of keyring-rs.

Its errors are RuntimeErrors whose text is the Rust variant, such as `NoEntry` or `PlatformFailure(Dbus(… NoReply))`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import (
    CredentialCorruptError,
    CredentialMissingError,
    InvalidCredentialsError,
    KeychainAccessDeniedError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    PromptDismissedError,
    SecretError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_VARIANT = re.compile(r"([A-Z][A-Za-z]{2,40})(?:\(|\Z)")
"""The name of an error in Rust; any other text is somebody's words, and may hold a value."""

UNLOCK_COMMAND = (
    "run `gnome-keyring-daemon --unlock --replace --components=secrets`, "
    "type the keyring's password, then Enter and Ctrl-D"
)
"""How the usual keychain of Linux is unlocked, or begun, in a session without a display."""


class BrokenConnectionError(KeychainUnavailableError):
    """Raised when the keychain went away under a call: it may be starting again, so trying again soon may help."""


class NoKeyringError(KeychainLockedError):
    """Raised when a Secret Service has no default keyring: nobody has logged in, or it is just starting."""


class ObjectGoneError(SecretError):
    """Raised within this package when a path on the bus leads nowhere: what that means depends on the call."""

    def __init__(self) -> None:
        super().__init__("an object of the keychain is gone")


def map_error(error: Exception, account: str | None = None) -> SecretError:
    """Return our error for one of keyring-rs, without any of its text that could hold a value."""
    text = str(error)
    for words, make in _MEANINGS:
        if any(word in text for word in words):
            return make(f"the item {account}" if account else "an item")
    variant = _VARIANT.match(text)
    return KeychainUnavailableError(f"the keychain failed: {variant[1] if variant else 'no reason given'}")


def _prompt_failed(_item: str) -> SecretError:
    return PromptDismissedError(
        "the keychain asked for its password, and the prompt was dismissed or could not be shown",
        hint=f"answer the prompt; without a display unlock the keychain first: {UNLOCK_COMMAND}",
    )


def no_service() -> PlatformNotSupportedError:
    """Return the error for a session bus on which nobody keeps secrets."""
    return PlatformNotSupportedError(
        "no Secret Service answers on this session's D-Bus: no keychain is running",
        hint="start one (gnome-keyring, KWallet, KeePassXC), or use the encrypted file: POND_STORE=file",
    )


def no_keyring() -> NoKeyringError:
    """Return the error for a Secret Service that has no default keyring, as one that was just started by the bus."""
    return NoKeyringError(
        "a Secret Service answers, but it has no default keyring yet: nobody has logged in to this session",
        hint=f"{UNLOCK_COMMAND}; or use the encrypted file: POND_STORE=file",
    )


def broken() -> BrokenConnectionError:
    """Return the error for a keychain or a bus that went away."""
    return BrokenConnectionError("the connection to the keychain broke")


def stopped() -> KeychainUnavailableError:
    """Return the error for a keychain that answered before, and that nobody runs any more."""
    return KeychainUnavailableError(
        "the keychain of this session has stopped, and did not come back",
        hint=f"log in again, or start it: {UNLOCK_COMMAND}",
    )


def no_bus() -> PlatformNotSupportedError:
    """Return the error for a session without a D-Bus."""
    return PlatformNotSupportedError(
        "this session has no D-Bus, and so no keychain (SSH sessions, containers, WSL)",
        hint="use the encrypted file: POND_STORE=file",
    )


_MEANINGS: tuple[tuple[tuple[str, ...], Callable[[str], SecretError]], ...] = (
    (("NoEntry",), lambda item: CredentialMissingError(f"the keychain does not hold {item}")),
    (("Ambiguous",), lambda item: CredentialCorruptError(f"the keychain holds {item} more than once")),
    (("TooLong",), lambda item: InvalidCredentialsError(f"{item} is too long for this keychain")),
    (
        ("BadEncoding", "BadDataFormat", "BadStoreFormat"),
        lambda item: CredentialCorruptError(f"{item} does not hold what was saved"),
    ),
    (("NoStorageAccess(Prompt",), _prompt_failed),
    (("ServiceUnknown", "Spawn", ".service files", "NoStorageAccess(Unavailable"), lambda _: no_service()),
    (("FileNotFound", "NoServer", "ould not connect", "ailed to connect", "DISPLAY"), lambda _: no_bus()),
    (
        ("NoReply", "Timeout", "TimedOut"),
        lambda _: KeychainUnavailableError("the keychain did not answer in time", timed_out=True),
    ),
    (
        ("Disconnected", "broken", "NameHasNoOwner", "UnknownObject", "UnknownMethod", "NoSession", "losed"),
        lambda _: broken(),
    ),
    (
        ("Locked",),
        lambda _: KeychainLockedError("the keychain is locked", hint=f"`pond vault unlock`, or {UNLOCK_COMMAND}"),
    ),
    (("AccessDenied", "NoStorageAccess"), lambda _: KeychainAccessDeniedError("the keychain refused access")),
)
"""What its texts mean, the first match first."""
