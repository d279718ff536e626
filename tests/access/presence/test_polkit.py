"""What polkit can answer, and each way in which it can fail to, on python-dbusmock's polkit."""

from __future__ import annotations

import builtins
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.access.presence import processes
from pondpilot_secrets.access.presence.base import NobodyToAskError, PresenceCheck, UnansweredError
from pondpilot_secrets.access.presence.gate import PresenceGate
from pondpilot_secrets.access.presence.mode import NOBODY
from pondpilot_secrets.access.presence.polkit import ACTION, POLICY_FILE, POLKIT, Polkit
from pondpilot_secrets.errors import PresenceRefusedError
from pondpilot_secrets.secure import SecureString
from tests.access.presence.fakes import MemoryTickets

if TYPE_CHECKING:
    from tests.services.polkit_daemon import MockedPolkit
    from tests.services.system_bus import SystemBus

SOMEBODY = 1000
SHORT = 0.5


@pytest.fixture
def polkit() -> Polkit:
    """As somebody who is not root, whom polkit never asks."""
    return Polkit(uid=SOMEBODY, call_deadline=SHORT)


def refusal(polkit: Polkit, deadline: float = 5.0) -> PresenceRefusedError:
    with pytest.raises(PresenceRefusedError) as caught:
        polkit.confirm("show the password of 'warehouse'", deadline)
    assert caught.value.code == 1024
    return caught.value


def test_it_is_a_presence_check(polkit: Polkit) -> None:
    assert isinstance(polkit, PresenceCheck)


def test_it_is_available_where_polkit_knows_our_action(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    assert polkit.available().available


def test_an_authorized_answer_confirms(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.allow()
    polkit.confirm("show the password of 'warehouse'")


def test_the_question_is_about_this_process_and_passes_no_details(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.answer(True)
    polkit.confirm("show the password of 'warehouse'")
    ((subject, action, details, flags, cancellation),) = mocked_polkit.calls("CheckAuthorization")
    process = {"pid": os.getpid(), "start-time": processes.start_time(os.getpid()), "uid": SOMEBODY}
    assert subject[1][0] == "unix-process"
    assert {name: value[1] for name, value in subject[1][1].items()} == process
    assert (action[1], details[1], flags[1]) == (ACTION, {}, 1)
    assert len(cancellation[1]) == 32


def test_a_wrong_answer_is_refused(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    error = refusal(polkit)
    assert "was not accepted" in error.message
    assert not isinstance(error, NobodyToAskError)


def test_a_dismissed_dialog_says_so(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.answer(False, details={"polkit.dismissed": "true"})
    assert "was dismissed" in refusal(polkit).message


def test_a_check_that_somebody_else_cancelled_was_dismissed(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.refuse("org.freedesktop.PolicyKit1.Error.Cancelled")
    assert "was dismissed" in refusal(polkit).message


def test_without_an_agent_nobody_can_be_asked(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.answer(False, challenge=True)
    error = refusal(polkit)
    assert isinstance(error, NobodyToAskError)
    assert "no authentication agent" in error.message


def test_an_action_that_is_not_registered_is_told_with_the_command_that_installs_it(
    polkit: Polkit, mocked_polkit: MockedPolkit
) -> None:
    mocked_polkit.know("org.example.other")
    mocked_polkit.refuse("org.freedesktop.PolicyKit1.Error.Failed")
    status = polkit.available()
    assert not status.available
    assert f"sudo install -m 644 {POLICY_FILE} /usr/share/polkit-1/actions/" in (status.hint or "")
    assert refusal(polkit).hint == status.hint


def test_without_polkit_it_is_not_available(polkit: Polkit, empty_system_bus: SystemBus) -> None:
    status = polkit.available()
    assert (status.available, "does not run" in (status.reason or "")) == (False, True)
    assert isinstance(refusal(polkit), NobodyToAskError)


def test_without_a_system_bus_it_is_not_available(polkit: Polkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    status = polkit.available()
    assert (status.available, "no D-Bus" in (status.reason or "")) == (False, True)
    assert isinstance(refusal(polkit), NobodyToAskError)


def test_an_installed_policy_refuses_where_its_polkit_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Hiding the bus from us, with one variable, must not open the vault."""
    polkit = Polkit(uid=SOMEBODY, call_deadline=SHORT, policy_folders=("/nowhere", str(tmp_path)))
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    gate = PresenceGate("on", 300, MemoryTickets(), SecureString(b"key"), lambda: [polkit])
    assert gate.require("show it") == NOBODY
    shutil.copy(POLICY_FILE, tmp_path)
    with pytest.raises(NobodyToAskError, match="no D-Bus"):
        gate.require("show it")
    assert "no D-Bus" in (polkit.available().reason or "")


def test_without_jeepney_it_is_not_available(polkit: Polkit, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = builtins.__import__

    def without_jeepney(name: str, *rest: Any) -> Any:
        if name.startswith(("jeepney", "pondpilot_secrets.keychain.bus")):
            raise ImportError(name)
        return genuine(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without_jeepney)
    status = polkit.available()
    assert (status.available, status.hint) == (False, "pip install jeepney")


def test_root_has_nobody_to_ask_because_polkit_lets_root_pass(mocked_polkit: MockedPolkit) -> None:
    root = Polkit(uid=0)
    mocked_polkit.allow()
    status = root.available()
    assert (status.available, "root" in (status.reason or "")) == (False, True)
    assert isinstance(refusal(root), NobodyToAskError)


def test_a_question_that_nobody_answers_ends_at_its_deadline_and_is_taken_back(
    polkit: Polkit, mocked_polkit: MockedPolkit
) -> None:
    mocked_polkit.hang()
    began = time.monotonic()
    error = refusal(polkit, deadline=SHORT)
    assert isinstance(error, UnansweredError)
    assert "nobody answered within 0.5 seconds" in error.message
    assert SHORT <= time.monotonic() - began < SHORT + 2
    ((cancelled,),) = mocked_polkit.calls("CancelCheckAuthorization")
    assert len(cancelled[1] if isinstance(cancelled, tuple) else cancelled) == 32


def test_ctrl_c_takes_the_question_back(mocked_polkit: MockedPolkit) -> None:
    from pondpilot_secrets.keychain.bus import Bus, BusKind

    class Interrupted(Bus):
        def call(self, path: str, interface: str, method: str, *rest: Any) -> Any:
            if method == "CheckAuthorization":
                raise KeyboardInterrupt
            return super().call(path, interface, method, *rest)

    polkit = Polkit(uid=SOMEBODY, connect=lambda errors, seconds: Interrupted(POLKIT, seconds, errors, BusKind.SYSTEM))
    with pytest.raises(KeyboardInterrupt):
        polkit.confirm("show the password of 'warehouse'")
    assert len(mocked_polkit.calls("CancelCheckAuthorization")) == 1


def test_a_frozen_polkit_holds_nothing_longer_than_the_deadlines(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.freeze()
    began = time.monotonic()
    status = polkit.available()
    assert (status.available, "did not answer" in (status.reason or "")) == (False, True)
    assert isinstance(refusal(polkit, deadline=SHORT), UnansweredError)
    assert time.monotonic() - began < 3 * SHORT + 2


def test_a_polkit_that_dies_while_it_asks_confirms_nothing(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.hang()
    thread = threading.Thread(target=lambda: (wait_until_asked(mocked_polkit), mocked_polkit.kill()))
    thread.start()
    error = refusal(polkit)
    thread.join()
    assert "stopped before it had an answer" in error.message


def test_a_bus_that_goes_away_while_it_asks_confirms_nothing(polkit: Polkit, mocked_polkit: MockedPolkit) -> None:
    mocked_polkit.hang()
    thread = threading.Thread(target=lambda: (wait_until_asked(mocked_polkit), mocked_polkit.stop_bus()))
    thread.start()
    error = refusal(polkit)
    thread.join()
    assert "stopped before it had an answer" in error.message


def wait_until_asked(polkit: MockedPolkit) -> None:
    end = time.monotonic() + 5
    while not polkit.is_asked() and time.monotonic() < end:
        time.sleep(0.02)
