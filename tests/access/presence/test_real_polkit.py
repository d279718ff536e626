"""This system's own polkitd, with the policy file that we ship: asked by a user who is not root, answered by an agent."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from pondpilot_secrets.access.presence.polkit import ACTION
from tests.services.process import find_program

if TYPE_CHECKING:
    from tests.services.polkit_agent import Answer
    from tests.services.polkit_daemon import RealPolkit

SHORT = 0.5


def ask(polkit: RealPolkit, answer: Answer, deadline: float = 5.0) -> dict[str, object]:
    from tests.access.presence.asker import NOBODY, Asker
    from tests.services.polkit_agent import PolkitAgent

    with (
        Asker(polkit.bus_address, deadline) as asker,
        PolkitAgent(polkit.bus_address, asker.pid, NOBODY, answer) as agent,
    ):
        found = asker.go()
        agent.cancelled.wait(2 if answer == "never" else 0)
        return found | {"texts": agent.messages, "cancelled": agent.cancelled.is_set()}


def test_our_policy_is_taken_and_asks_for_the_users_own_password_each_time(real_polkit: RealPolkit) -> None:
    pkaction = find_program("pkaction", "the Debian package polkitd")
    shown = subprocess.run(
        [pkaction, "--verbose", "--action-id", ACTION],
        env=real_polkit.full_environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=10,
    ).stdout
    implicit = [line.split() for line in shown.splitlines() if "implicit" in line]
    assert implicit == [["implicit", who, "auth_self"] for who in ("any:", "inactive:", "active:")]


def test_the_right_password_confirms(real_polkit: RealPolkit) -> None:
    answer = ask(real_polkit, "right")
    assert (answer["available"], answer["error"]) == (True, None), answer
    assert answer["texts"] == ["Confirm that it is you: PondPilot Secrets is about to show or export a credential"]


def test_a_wrong_password_is_refused(real_polkit: RealPolkit) -> None:
    answer = ask(real_polkit, "wrong")
    assert (answer["error"], "was not accepted" in str(answer.get("message"))) == ("PresenceRefusedError", True), answer


def test_a_dismissed_dialog_says_so(real_polkit: RealPolkit) -> None:
    answer = ask(real_polkit, "dismiss")
    assert (answer["error"], "was dismissed" in str(answer.get("message"))) == ("PresenceRefusedError", True), answer


def test_a_dialog_that_nobody_answers_is_taken_from_the_screen(real_polkit: RealPolkit) -> None:
    answer = ask(real_polkit, "never", deadline=SHORT)
    assert (answer["error"], answer["cancelled"]) == ("UnansweredError", True), answer


def test_without_an_agent_nobody_can_be_asked(real_polkit: RealPolkit) -> None:
    from tests.access.presence.asker import Asker

    with Asker(real_polkit.bus_address) as asker:
        answer = asker.go()
    assert (answer["available"], answer["error"]) == (True, "NobodyToAskError"), answer


def test_in_a_terminal_it_asks_there(real_polkit: RealPolkit) -> None:
    """The right password cannot be tried: pkttyagent's helper would take it to this system's own polkit."""
    from tests.access.presence.asker import Asker

    find_program("pkttyagent", "the Debian package polkitd")
    with Asker(real_polkit.bus_address, terminal=True) as asker:
        answer, shown = asker.type_in_its_terminal("wrong")
    assert "Confirm that it is you" in shown
    assert "wrong" not in shown
    assert (answer["error"], "was not accepted" in answer["message"]) == ("PresenceRefusedError", True), answer


def test_a_terminal_in_which_nobody_answers_gets_its_echo_back(real_polkit: RealPolkit) -> None:
    from tests.access.presence.asker import Asker

    find_program("pkttyagent", "the Debian package polkitd")
    with Asker(real_polkit.bus_address, deadline=1.0, terminal=True) as asker:
        answer, shown = asker.type_in_its_terminal("")
        assert "Password: " in shown
        assert (answer["error"], asker.echoes()) == ("UnansweredError", True), answer


def test_no_answer_is_kept_by_polkit(real_polkit: RealPolkit) -> None:
    assert ask(real_polkit, "right")["error"] is None
    assert ask(real_polkit, "wrong")["error"] == "PresenceRefusedError"
