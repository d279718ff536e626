"""Each way in which a keychain can fail has its own code and says what to do, on each real Secret Service."""

from __future__ import annotations

import subprocess

import pytest

from pondpilot_secrets.keychain import item_text
from tests.keychain.visitor import SHORT_CALL, SHORT_PROMPT, begin, finish, visit, wait_until_it_waits
from tests.services.keyring_daemon import KeyringDaemon
from tests.services.prompting_secret_service import PromptingSecretService
from tests.services.secret_service_daemon import SecretServiceDaemon

LONGEST = 2 * SHORT_CALL + SHORT_PROMPT + 2.5
"""Seconds: keyring-rs has its own deadline of 2 s for a call; a start of Python on a busy machine comes on top."""


def on_each(steps: list[str]) -> pytest.MarkDecorator:
    """All steps on GNOME Keyring, the first on the others, which take longer to start."""
    pairs = [("gnome-keyring", step) for step in steps] + [(other, steps[0]) for other in ("kwallet", "keepassxc")]
    return pytest.mark.parametrize(("each_secret_service", "step"), pairs, indirect=["each_secret_service"])


def test_without_a_secret_service_it_says_that_none_is_running(no_secret_service: KeyringDaemon) -> None:
    answer = visit(no_secret_service.full_environment, "get=s3:1")
    assert (answer["code"], "no keychain is running" in answer["message"]) == (1004, True), answer
    assert "file" in answer["hint"]


def test_without_a_bus_it_says_that_the_session_has_none(no_secret_service: KeyringDaemon) -> None:
    environment = no_secret_service.full_environment | {"DBUS_SESSION_BUS_ADDRESS": "unix:path=/nowhere/bus"}
    answer = visit(environment, "get=s3:1")
    assert (answer["code"], "no D-Bus" in answer["message"]) == (1004, True), answer


def test_a_locked_collection_whose_prompt_nobody_can_see(each_locked_secret_service: SecretServiceDaemon) -> None:
    answer = visit(each_locked_secret_service.full_environment, "get=s3:1")
    assert answer["code"] in (1013, 1014), answer
    assert each_locked_secret_service.label in answer["message"]
    assert "without a display" in answer["hint"]
    assert answer["seconds"] < LONGEST


def test_a_dismissed_prompt(dismissing_secret_service: PromptingSecretService) -> None:
    answer = visit(dismissing_secret_service.full_environment, "get=s3:1")
    assert (answer["code"], "dismissed" in answer["message"]) == (1013, True), answer
    assert answer["seconds"] < LONGEST


def test_a_prompt_that_nobody_answers_ends_at_its_deadline(silent_secret_service: PromptingSecretService) -> None:
    answer = visit(silent_secret_service.full_environment, "get=s3:1")
    assert (answer["code"], "nobody answered" in answer["message"]) == (1014, True), answer
    assert SHORT_PROMPT <= answer["seconds"] < LONGEST


@on_each(["get=s3:1", "get_many=s3:1,s3:2,s3:3,s3:4", "list", "unlock", "set=s3:1"])
def test_a_frozen_daemon_holds_no_call_longer_than_its_deadline(
    each_secret_service: SecretServiceDaemon, step: str
) -> None:
    child = begin(each_secret_service.full_environment, "set=s3:1", "list", "wait", step)
    wait_until_it_waits(child)
    each_secret_service.freeze()
    try:
        answer = finish(child)
    finally:
        each_secret_service.thaw()
    assert (answer.get("code"), "answer" in answer.get("message", "")) == (1015, True), answer
    assert answer["seconds"] < 2 * LONGEST


def test_a_frozen_daemon_holds_the_first_call_no_longer_either(each_secret_service: SecretServiceDaemon) -> None:
    each_secret_service.freeze()
    try:
        answer = visit(each_secret_service.full_environment, "get=s3:1")
    finally:
        each_secret_service.thaw()
    assert answer.get("code") in (1015, 1004), answer
    assert answer["seconds"] < 2 * LONGEST


@on_each(["get=s3:1", "get_many=s3:1,s3:2,s3:3,s3:4"])
def test_a_daemon_that_was_killed_is_told_from_one_that_never_ran(
    each_secret_service: SecretServiceDaemon, step: str
) -> None:
    child = begin(each_secret_service.full_environment, "set=s3:1", "get_many=s3:1,s3:2,s3:3,s3:4", "wait", step)
    wait_until_it_waits(child)
    each_secret_service.kill_daemon()
    answer = finish(child)
    assert answer.get("code") in (1015, 1004), answer
    assert answer["hint"]


@on_each(["get=s3:1", "get_many=s3:1,s3:2,s3:3,s3:4"])
def test_a_daemon_that_was_restarted_is_found_again(each_secret_service: SecretServiceDaemon, step: str) -> None:
    child = begin(each_secret_service.full_environment, "set=s3:1", "get_many=s3:1,s3:2,s3:3,s3:4", "wait", step)
    wait_until_it_waits(child)
    each_secret_service.restart_daemon()
    answer = finish(child)
    if each_secret_service.label == "GNOME Keyring":
        assert "value of s3:1" in str(answer.get("result")), answer
    else:  # these two write their files a moment after they have answered
        assert answer.get("code") in (None, 1016), answer


def test_a_bus_that_went_away(each_secret_service: SecretServiceDaemon) -> None:
    child = begin(each_secret_service.full_environment, "set=s3:1", "wait", "get=s3:1")
    wait_until_it_waits(child)
    each_secret_service.stop_bus()
    answer = finish(child)
    assert answer.get("code") in (1015, 1004), answer


def test_a_collection_that_is_locked_between_two_calls_is_noticed(each_secret_service: SecretServiceDaemon) -> None:
    child = begin(each_secret_service.full_environment, "set=s3:1", "get=s3:1", "wait", "get_many=s3:1,s3:2,s3:3,s3:4")
    wait_until_it_waits(child)
    each_secret_service.lock()
    answer = finish(child)
    assert answer.get("code") in (1010, 1013, 1014), answer


def test_an_item_that_another_program_deleted(each_secret_service: SecretServiceDaemon) -> None:
    environment = each_secret_service.full_environment
    visit(environment, "set=s3:1")
    subprocess.run(["secret-tool", "clear", "username", "s3:1"], env=environment, check=True, timeout=10)
    answer = visit(environment, "get=s3:1")
    assert (answer["code"], each_secret_service.label in answer["message"]) == (1016, True)


def test_other_programs_find_our_items_and_we_theirs(secret_service: KeyringDaemon) -> None:
    environment = secret_service.full_environment
    visit(environment, "set=s3:1")
    lookup = ["secret-tool", "lookup", "service", "io.pondpilot.secrets.v1", "username", "s3:1"]
    found = subprocess.run(lookup, env=environment, capture_output=True, check=True, timeout=10)
    assert item_text.decode("s3:1", bytearray(found.stdout)) == b"value of s3:1"
    store = ["secret-tool", "store", "--label=x", "service", "io.pondpilot.secrets.v1", "username", "s3:2"]
    subprocess.run(store, env=environment, input=b"theirs", check=True, timeout=10)
    assert visit(environment, "get=s3:2")["result"] == "theirs"


@pytest.mark.parametrize(
    ("fixture", "expected"),
    [
        ("secret_service", [True, False, None]),
        ("locked_secret_service", [True, True, "its password is needed"]),
        (
            "no_secret_service",
            [False, False, "no Secret Service answers on this session's D-Bus: no keychain is running"],
        ),
    ],
)
def test_the_status_tells_the_three_states_apart(fixture: str, expected, request: pytest.FixtureRequest) -> None:
    answer = visit(request.getfixturevalue(fixture).full_environment, "status")
    assert answer["result"][:3] == expected


@pytest.mark.parametrize(
    ("fixture", "store", "why"),
    [
        ("secret_service", "system", "answers and is unlocked"),
        ("locked_secret_service", "file", "nobody here could answer"),
        ("no_secret_service", "file", "the system's keychain does not answer"),
    ],
)
def test_auto_chooses_and_says_why(fixture: str, store: str, why: str, request: pytest.FixtureRequest) -> None:
    environment = request.getfixturevalue(fixture).full_environment
    environment.pop("DISPLAY", None)
    chosen = visit(environment, "choose")["result"]
    assert (chosen[0], why in chosen[1]) == (store, True), chosen
