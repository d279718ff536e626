"""The Secret Service's provider: threads take turns, what went away is asked again, what is locked is unlocked once."""

from __future__ import annotations

import os
import threading

import pytest

from pondpilot_secrets.errors import (
    CredentialCorruptError,
    CredentialMissingError,
    KeychainAccessDeniedError,
    KeychainLockedError,
    KeychainUnavailableError,
    PromptDismissedError,
    PromptTimeoutError,
    SecretError,
)
from pondpilot_secrets.keychain.base import CALL_DEADLINE
from pondpilot_secrets.keychain.secret_service import COOLDOWN, PROBE_DEADLINE, SecretServiceKeychain
from pondpilot_secrets.keychain.secret_service_errors import (
    BrokenConnectionError,
    NoCollectionError,
    no_collection,
    no_service,
)
from pondpilot_secrets.keychain.secret_service_programs import KWALLET, UNKNOWN
from tests.keychain.scripted_service import ScriptedService


@pytest.fixture
def service() -> ScriptedService:
    return ScriptedService()


@pytest.fixture
def keychain(service: ScriptedService) -> SecretServiceKeychain:
    """One that has answered before."""
    keychain = service.keychain()
    assert keychain.get("s3:1") == b"value"
    service.calls.clear()
    return keychain


def broken() -> SecretError:
    return BrokenConnectionError("it broke")


# --- going away and coming back ---


def test_a_connection_that_breaks_three_times_is_made_a_fourth_time(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [broken(), broken(), broken()]
    assert keychain.get("s3:1") == b"value"
    assert service.calls == ["get", "connect", "get", "connect", "get", "connect", "get"]
    assert [client.closed for client in service.clients] == [True, True, True, False]


def test_a_keychain_that_answered_before_may_be_starting_again(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [no_service(), no_collection(KWALLET)]
    assert keychain.get("s3:1") == b"value"


def test_it_ends_within_the_deadline_of_a_call_and_is_then_tried_once(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [broken() for _ in range(100)]
    started = service.now
    with pytest.raises(KeychainUnavailableError):
        keychain.get("s3:1")
    assert service.now - started <= CALL_DEADLINE
    assert len(service.errors) == 100 - 5
    with pytest.raises(KeychainUnavailableError):
        keychain.get("s3:1")
    assert len(service.errors) == 100 - 6, "what was just given up is tried once, not five times more"
    service.now += COOLDOWN + 0.1
    service.errors = [broken()]
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
def test_no_other_error_is_tried_again(
    error: SecretError, service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [error, broken()]
    with pytest.raises(type(error)) as caught:
        keychain.get("s3:1")
    assert caught.value is error
    assert len(service.errors) == 1
    assert service.slept == []


@pytest.mark.parametrize("error", [no_service(), no_collection(KWALLET)], ids=lambda error: type(error).__name__)
def test_a_keychain_that_never_answered_is_reported_at_once(service: ScriptedService, error: SecretError) -> None:
    service.errors = [error]
    with pytest.raises(type(error)):
        service.keychain().get("s3:1")
    assert service.slept == []


def test_a_keychain_that_does_not_come_back_has_stopped(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [no_service() for _ in range(10)]
    with pytest.raises(KeychainUnavailableError, match="KWallet has stopped, and did not come back"):
        keychain.get("s3:1")


# --- one that misses its deadline ---


def test_after_a_missed_deadline_it_must_show_quickly_that_it_is_back(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [KeychainUnavailableError("late", timed_out=True)]
    with pytest.raises(KeychainUnavailableError):
        keychain.get("s3:1")
    service.calls.clear()
    assert keychain.get("s3:1") == b"value"
    assert service.calls == ["connect", "locked", "get"]
    assert service.clients[-1].bus.allowed[0] == PROBE_DEADLINE
    assert service.clients[-1].bus.allowed[-1] == pytest.approx(CALL_DEADLINE)


def test_one_that_is_still_late_is_not_asked_for_more(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    late = KeychainUnavailableError("late", timed_out=True)
    service.errors = [late, late]
    for _ in range(2):
        with pytest.raises(KeychainUnavailableError):
            keychain.get("s3:1")
    assert service.calls == ["get", "connect", "locked"]
    service.now += COOLDOWN + 0.1
    service.calls.clear()
    assert keychain.get("s3:1") == b"value"
    assert service.calls == ["connect", "get"]


# --- what is locked, and what is not there yet ---


def test_a_locked_keychain_is_unlocked_once(service: ScriptedService, keychain: SecretServiceKeychain) -> None:
    service.is_locked = True
    assert keychain.get("s3:1") == b"value"
    assert service.calls == ["get", "unlock", "get"]
    service.is_locked, service.errors = True, [None, KeychainLockedError("still")]
    with pytest.raises(KeychainLockedError, match="still"):
        keychain.get("s3:1")


def test_a_listing_asks_nobody(service: ScriptedService, keychain: SecretServiceKeychain) -> None:
    service.is_locked = True
    assert keychain.list_accounts() == ["s3:1"]
    service.errors = [KeychainLockedError("locked")]
    with pytest.raises(KeychainLockedError):
        keychain.list_accounts()
    assert "unlock" not in service.calls


@pytest.mark.parametrize("act", ["set", "unlock"])
def test_a_new_account_has_its_collection_made_at_the_first_write_or_unlock(service: ScriptedService, act: str) -> None:
    service.collection = False
    keychain = service.keychain()
    if act == "set":
        keychain.set("s3:2", b"value")
        assert service.items["s3:2"] == b"value"
    else:
        keychain.unlock()
    assert service.calls.count("create_collection") == 1


def test_a_read_makes_no_collection(service: ScriptedService) -> None:
    service.collection = False
    for read in (lambda: service.keychain().get("s3:1"), lambda: service.keychain().list_accounts()):
        with pytest.raises(NoCollectionError, match="no default collection"):
            read()
    assert "create_collection" not in service.calls


def test_a_keychain_that_answered_before_is_given_no_second_collection(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.collection = False
    with pytest.raises(NoCollectionError):
        keychain.set("s3:2", b"value")
    assert "create_collection" not in service.calls
    assert len(service.slept) == 3, "it may be starting again"


# --- status ---


def test_the_status_names_the_program(service: ScriptedService) -> None:
    status = service.keychain().status()
    assert (status.usable, status.description, status.reason) == (True, "KWallet", None)


def test_a_locked_keychain_that_needs_its_password_says_how_to_give_it(service: ScriptedService) -> None:
    service.is_locked = True
    status = service.keychain().status()
    assert (status.available, status.locked, status.reason) == (True, True, "its password is needed")
    assert KWALLET.unlock in str(status.hint)


def test_a_missing_collection_is_a_lock_and_a_missing_service_is_none(service: ScriptedService) -> None:
    service.collection = False
    assert service.keychain().status().locked
    service.errors = [no_service()]
    status = service.keychain().status()
    assert (status.available, status.locked) == (False, False)


# --- threads and processes ---


def test_a_thread_waits_while_another_is_asked_for_the_password(service: ScriptedService) -> None:
    keychain, entered, leave = (
        service.keychain(prompt_deadline=60.0, call_deadline=0.05),
        threading.Event(),
        threading.Event(),
    )
    service.collection = False

    def hold() -> None:
        entered.set()
        assert leave.wait(30)

    service.while_prompting = hold
    found: list[bytes] = []
    asking = threading.Thread(target=lambda: keychain.set("s3:2", b"x"))
    asking.start()
    assert entered.wait(30)
    waiting = threading.Thread(target=lambda: found.append(bytes(keychain.get("s3:1"))))
    waiting.start()
    waiting.join(0.3)  # several times as long as a call may take
    assert waiting.is_alive()
    leave.set()
    waiting.join(30)
    asking.join(30)
    assert found == [b"value"]


def test_a_thread_does_not_wait_longer_than_a_call_for_another_one(service: ScriptedService) -> None:
    keychain, entered, leave = service.keychain(call_deadline=0.05), threading.Event(), threading.Event()

    def hold() -> None:
        entered.set()
        assert leave.wait(30)

    service.during = hold
    holding = threading.Thread(target=lambda: keychain.get("s3:1"))
    holding.start()
    assert entered.wait(30)
    with pytest.raises(KeychainUnavailableError, match="another thread"):
        keychain.get("s3:1")
    leave.set()
    holding.join(30)


def test_a_forked_child_speaks_on_a_connection_of_its_own(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    """Two processes on one connection would read each other's answers."""
    child = os.fork()
    if child == 0:
        failed = True
        try:
            failed = keychain.get("s3:1") != b"value" or service.calls != ["connect", "get"]
        finally:
            os._exit(failed)
    assert keychain.get("s3:1") == b"value"
    assert service.calls == ["get"]
    assert os.waitpid(child, 0)[1] == 0


def test_an_interrupted_call_leaves_no_half_read_reply(
    service: ScriptedService, keychain: SecretServiceKeychain
) -> None:
    service.errors = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        keychain.get("s3:1")
    assert service.clients[0].closed
    assert keychain.get("s3:1") == b"value"
    assert len(service.clients) == 2


def test_a_missing_item_is_named_with_the_program(keychain: SecretServiceKeychain) -> None:
    with pytest.raises(CredentialMissingError, match="KWallet does not hold the item s3:nobody"):
        keychain.get("s3:nobody")


def test_nobody_knows_the_program_before_it_answers(service: ScriptedService) -> None:
    assert service.keychain()._program is UNKNOWN
