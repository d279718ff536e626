"""The errors of keyring-rs in our words: the one place that knows its texts.

They are RuntimeErrors whose text is the Rust variant, such as `NoEntry` or `PlatformFailure(Dbus(… NoReply))`.
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


class LostConnectionError(KeychainUnavailableError):
    """Raised when keyring-rs lost its connection, so that a new one may help."""


def map_error(error: Exception, account: str | None = None) -> SecretError:
    """Return our error for one of keyring-rs, without any of its text that could hold a value."""
    text = str(error)
    for words, make in _MEANINGS:
        if any(word in text for word in words):
            return make(f"the item {account}" if account else "an item")
    variant = _VARIANT.match(text)
    return KeychainUnavailableError(f"the keychain failed: {variant[1] if variant else 'no reason given'}")


_MEANINGS: tuple[tuple[tuple[str, ...], Callable[[str], SecretError]], ...] = (
    (("NoEntry",), lambda item: CredentialMissingError(f"the keychain does not hold {item}")),
    (("Ambiguous",), lambda item: CredentialCorruptError(f"the keychain holds {item} more than once")),
    (
        ("TooLong",),
        lambda item: InvalidCredentialsError(
            f"{item} is too long for this keychain", hint="an encrypted file has no limit: `pond vault move --to file`"
        ),
    ),
    (
        ("BadEncoding", "BadDataFormat", "BadStoreFormat"),
        lambda item: CredentialCorruptError(f"{item} does not hold what was saved"),
    ),
    (
        ("NoStorageAccess(Prompt",),
        lambda _: PromptDismissedError(
            "the keychain asked for its password, and the prompt was dismissed or could not be shown"
        ),
    ),
    (
        ("NoStorageAccess(Unavailable", "ServiceUnknown", "NoServer", "ould not connect", "ailed to connect"),
        lambda _: PlatformNotSupportedError("no keychain of this system answers"),
    ),
    (
        ("NoReply", "Timeout", "TimedOut"),
        lambda _: KeychainUnavailableError("the keychain did not answer in time", timed_out=True),
    ),
    (
        ("Disconnected", "broken", "NameHasNoOwner", "UnknownObject", "UnknownMethod", "NoSession", "losed"),
        lambda _: LostConnectionError("the connection to the keychain broke"),
    ),
    (("Locked",), lambda _: KeychainLockedError("the keychain is locked")),
    (("AccessDenied", "NoStorageAccess"), lambda _: KeychainAccessDeniedError("the keychain refused access")),
)
"""What its texts mean, the first match first."""
