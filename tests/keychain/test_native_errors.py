"""Each text of keyring-rs has one meaning, and none of it that could hold a value is repeated."""

from __future__ import annotations

import pytest

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
from pondpilot_secrets.keychain.native_errors import LostConnectionError, map_error


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("NoEntry", CredentialMissingError),
        ("Ambiguous([Entry])", CredentialCorruptError),
        ('TooLong("password", 2560)', InvalidCredentialsError),
        ("BadEncoding([109, 97])", CredentialCorruptError),
        ("BadDataFormat([109], x)", CredentialCorruptError),
        ("NoStorageAccess(Prompt(Dismissed))", PromptDismissedError),
        ("NoStorageAccess(Unavailable)", PlatformNotSupportedError),
        ("NoStorageAccess(AccessDenied)", KeychainAccessDeniedError),
        ("PlatformFailure(Dbus(MethodError(NoReply)))", KeychainUnavailableError),
        ("PlatformFailure(Dbus(Disconnected))", LostConnectionError),
        ("NoStorageAccess(Locked)", KeychainLockedError),
        ("PlatformFailure(Code(-25300))", KeychainUnavailableError),
    ],
)
def test_a_text_has_one_meaning(text: str, meaning: type[SecretError]) -> None:
    error = map_error(RuntimeError(text), "s3:1")
    assert type(error) is meaning
    assert error.hint


def test_only_the_variants_name_is_repeated() -> None:
    assert map_error(RuntimeError("PlatformFailure(marker)")).message == "the keychain failed: PlatformFailure"
    for text in ("marker", "secret 'marker' was refused", "X(marker)", 'Invalid("marker", "x")', "TooLong(marker)"):
        error = map_error(ValueError(text), "s3:1")
        assert "marker" not in f"{error} {error.hint}"


def test_a_missed_deadline_is_marked_as_one() -> None:
    error = map_error(RuntimeError("TimedOut"))
    assert isinstance(error, KeychainUnavailableError)
    assert error.timed_out
