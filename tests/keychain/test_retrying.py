"""A keychain that went away is asked again, and no other fault is."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from pondpilot_secrets.errors import (
    CredentialCorruptError,
    CredentialMissingError,
    KeychainAccessDeniedError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    PromptDismissedError,
    PromptTimeoutError,
    SecretError,
)
from pondpilot_secrets.keychain.base import CALL_DEADLINE
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.secret_service_calls import SecretServiceCalls
from pondpilot_secrets.keychain.system_errors import broken, no_service
from tests.services.keyring_daemon import KeyringDaemon

pytestmark = pytest.mark.usefixtures("keychain_environment")


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[SecretError]:
    """Each try takes an error from this list and raises it; when it is empty, the real call is made."""
    errors: list[SecretError] = []
    real = SecretServiceCalls.get_many

    def get_many(calls: SecretServiceCalls, accounts: list[str]) -> object:
        if errors:
            raise errors.pop(0)
        return real(calls, accounts)

    monkeypatch.setattr(SecretServiceCalls, "get_many", get_many)
    return errors


@pytest.fixture
def keychain() -> Iterator[SecretServiceKeychain]:
    keychain = SecretServiceKeychain()
    keychain.set("s3:1", b"value")
    yield keychain
    keychain.delete("s3:1")
    keychain.close()


def test_a_connection_that_breaks_three_times_is_made_a_fourth_time(
    keychain: SecretServiceKeychain, tries: list[SecretError]
) -> None:
    tries += [broken(), broken(), broken()]
    assert keychain.get("s3:1") == b"value"


def test_a_keychain_that_answered_before_may_be_starting_anew(
    keychain: SecretServiceKeychain, tries: list[SecretError]
) -> None:
    tries += [no_service(), no_service()]
    assert keychain.get("s3:1") == b"value"


def test_it_ends_within_the_deadline_of_a_call(keychain: SecretServiceKeychain, tries: list[SecretError]) -> None:
    tries += [broken() for _ in range(100)]
    started = time.monotonic()
    with pytest.raises(KeychainUnavailableError):
        keychain.get("s3:1")
    assert time.monotonic() - started < CALL_DEADLINE + 0.5
    assert len(tries) == 100 - 5
    with pytest.raises(KeychainUnavailableError):
        keychain.get("s3:1")
    assert len(tries) == 100 - 6, "what was just given up is tried once, not five times more"
    tries.clear()
    assert keychain.get("s3:1") == b"value"


@pytest.mark.parametrize("error", [
    KeychainAccessDeniedError("x"),
    KeychainUnavailableError("x", timed_out=True),
    KeychainUnavailableError("refused"),
    PromptDismissedError("x"),
    PromptTimeoutError("x"),
    CredentialMissingError("x"),
    CredentialCorruptError("x"),
], ids=lambda error: type(error).__name__)  # fmt: skip
def test_no_other_fault_is_tried_again(
    error: SecretError, keychain: SecretServiceKeychain, tries: list[SecretError]
) -> None:
    tries += [error, broken()]
    with pytest.raises(type(error)) as caught:
        keychain.get("s3:1")
    assert caught.value is error
    assert len(tries) == 1


def test_a_locked_keychain_is_unlocked_once(keychain: SecretServiceKeychain, tries: list[SecretError]) -> None:
    tries += [KeychainLockedError("x"), KeychainLockedError("y"), broken()]
    with pytest.raises(KeychainLockedError, match="y"):
        keychain.get("s3:1")
    assert len(tries) == 1


def test_a_keychain_that_never_answered_is_told_at_once(no_secret_service: KeyringDaemon, monkeypatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", no_secret_service.bus_address)
    keychain, started = SecretServiceKeychain(), time.monotonic()
    with pytest.raises(PlatformNotSupportedError):
        keychain.get("s3:1")
    assert time.monotonic() - started < 0.5
    keychain.close()


def test_a_forked_child_speaks_on_a_connection_of_its_own(keychain: SecretServiceKeychain) -> None:
    """Two processes on one connection would read each other's answers."""
    assert keychain.get("s3:1") == b"value"
    child = os.fork()
    if child == 0:
        failed = True
        try:
            failed = any(keychain.get("s3:1") != b"value" for _ in range(50))
        finally:
            os._exit(failed)
    for _ in range(50):
        assert keychain.get("s3:1") == b"value"
    assert os.waitpid(child, 0)[1] == 0
