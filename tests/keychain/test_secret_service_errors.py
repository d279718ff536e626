"""Each error of the bus has one meaning, and its hint fits the program that serves."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import (
    KeychainAccessDeniedError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    SecretError,
)
from pondpilot_secrets.keychain import secret_service_errors as errors
from pondpilot_secrets.keychain.bus import DISCONNECTED, ObjectGoneError
from pondpilot_secrets.keychain.secret_service_programs import GNOME_KEYRING, KEEPASSXC, KWALLET, PROGRAMS, Program

ERROR, SECRET = "org.freedesktop.DBus.Error", "org.freedesktop.Secret.Error"


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        (DISCONNECTED, errors.BrokenConnectionError),
        (f"{ERROR}.ServiceUnknown", PlatformNotSupportedError),
        (f"{ERROR}.NameHasNoOwner", PlatformNotSupportedError),
        (f"{ERROR}.Spawn.ChildExited", PlatformNotSupportedError),
        (f"{ERROR}.UnknownObject", ObjectGoneError),
        (f"{ERROR}.UnknownMethod", ObjectGoneError),
        (f"{SECRET}.NoSuchObject", ObjectGoneError),
        (f"{SECRET}.IsLocked", KeychainLockedError),
        (f"{SECRET}.NoSession", errors.LostSessionError),
        (f"{ERROR}.InvalidObjectPath", errors.LostSessionError),
        (f"{ERROR}.NoReply", errors.BrokenConnectionError),
        (f"{ERROR}.Disconnected", errors.BrokenConnectionError),
        (f"{ERROR}.AccessDenied", KeychainAccessDeniedError),
        (f"{ERROR}.LimitsExceeded", KeychainUnavailableError),
    ],
)
def test_a_name_on_the_bus_has_one_meaning(name: str, meaning: type[SecretError]) -> None:
    error = errors.error_map(lambda: KWALLET).refused(name)
    assert type(error) is meaning


def test_a_call_that_is_refused_for_an_unknown_reason_names_it() -> None:
    error = errors.error_map(lambda: KEEPASSXC).refused(f"{ERROR}.LimitsExceeded")
    assert error.message == "KeePassXC refused a call: LimitsExceeded"


def test_a_missed_deadline_is_marked_as_one() -> None:
    error = errors.error_map(lambda: KWALLET).timed_out(2.0)
    assert isinstance(error, KeychainUnavailableError)
    assert (error.timed_out, error.message) == (True, "KWallet did not answer within 2 seconds")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.label)
def test_who_is_locked_is_told_how_it_is_unlocked(program: Program) -> None:
    for error in (
        errors.locked(program),
        errors.still_locked(program),
        errors.no_collection(program),
        errors.dismissed(program, "its password"),
        errors.unanswered(program, "its password", 60),
        errors.stopped(program),
    ):
        assert program.label in error.message
        assert program.unlock in str(error.hint)
        for other in PROGRAMS:
            assert other is program or other.label not in error.message + str(error.hint)


def test_no_hint_tells_the_owner_of_an_existing_vault_to_ask_for_another_store() -> None:
    """Done as it said, it led in a circle: the vault is in the system store, and refuses to be opened as a file."""
    for error in (errors.no_bus(), errors.no_service(), errors.no_collection(GNOME_KEYRING)):
        assert "a new vault can use an encrypted file: POND_STORE=file" in str(error.hint)
