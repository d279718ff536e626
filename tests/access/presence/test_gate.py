"""When somebody is asked before a value is shown, and when not."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets.access.presence import base, ticket
from pondpilot_secrets.access.presence.gate import PresenceGate
from pondpilot_secrets.access.presence.mode import NOBODY, OFF, WITHIN_GRACE, PresenceMode
from pondpilot_secrets.access.presence.ticket import TicketContext
from pondpilot_secrets.errors import PresenceRefusedError
from pondpilot_secrets.secure import SecureString
from tests.access.presence.fakes import FakeCheck, MemoryTickets

KEY = SecureString(bytes(range(32)))
SECOND = 10**9
AT = TicketContext("boot", 1000 * SECOND, "1000:42:777")
REASON = "show the password of 'warehouse'"


class Case:
    """A gate over fakes; `at` is where and when it is asked, and may be changed."""

    def __init__(self, *checks: FakeCheck, mode: str = "on", grace: float = 300, **options: Any) -> None:
        self.checks = checks
        self.tickets = MemoryTickets()
        self.at = AT
        self.gate = PresenceGate(
            mode, grace, self.tickets, KEY, lambda: self.checks, context=lambda: self.at, **options
        )

    def after(self, seconds: float) -> Case:
        self.at = replace(self.at, moment=self.at.moment + int(seconds * SECOND))
        return self

    def require(self) -> str:
        return self.gate.require(REASON)


def test_the_first_time_somebody_is_asked() -> None:
    check = FakeCheck("polkit")
    assert Case(check, deadline=7).require() == "confirmed by polkit"
    assert check.asked == [(REASON, 7)]


def test_within_the_grace_nobody_is_asked_again() -> None:
    check = FakeCheck()
    case = Case(check)
    case.require()
    assert case.after(299).require() == WITHIN_GRACE
    assert len(check.asked) == 1


def test_the_grace_is_not_made_longer_by_using_it() -> None:
    case = Case(FakeCheck())
    case.require()
    assert case.after(200).require() == WITHIN_GRACE
    assert case.after(200).require() == "confirmed by a fake"


def test_after_the_grace_somebody_is_asked_again() -> None:
    case = Case(FakeCheck())
    case.require()
    assert case.after(300).require() == "confirmed by a fake"


@pytest.mark.parametrize("grace", [0, -1])
def test_without_a_grace_somebody_is_asked_each_time_and_no_ticket_is_kept(grace: float) -> None:
    check = FakeCheck()
    case = Case(check, grace=grace)
    case.require()
    case.require()
    assert (len(check.asked), case.tickets.text) == (2, None)


@pytest.mark.parametrize(
    "elsewhere",
    [replace(AT, boot="other"), replace(AT, session="1000:43:1"), replace(AT, moment=AT.moment - SECOND)],
    ids=["after a reboot", "in another session", "before the ticket was written"],
)
def test_a_ticket_of_elsewhere_asks(elsewhere: TicketContext) -> None:
    case = Case(FakeCheck())
    case.require()
    case.at = elsewhere
    assert case.require() == "confirmed by a fake"


@pytest.mark.parametrize("forged", ["", "v1", "v1 boot 1 1000:42:777 00", "nonsense é\udcff", "on"])
def test_a_forged_ticket_asks(forged: str) -> None:
    case = Case(FakeCheck())
    case.tickets.set(forged)
    assert case.require() == "confirmed by a fake"


def test_a_ticket_of_another_vault_asks() -> None:
    case = Case(FakeCheck())
    case.tickets.set(ticket.issue_ticket(SecureString(b"another vault's key"), AT))
    assert case.require() == "confirmed by a fake"


def test_a_refusal_goes_up_and_leaves_no_ticket() -> None:
    case = Case(FakeCheck(refusal=base.question_dismissed("polkit")))
    with pytest.raises(PresenceRefusedError, match="dismissed"):
        case.require()
    assert case.tickets.text is None


def test_a_refusal_is_not_asked_away_by_the_next_way() -> None:
    passphrase = FakeCheck("the passphrase")
    with pytest.raises(PresenceRefusedError):
        Case(FakeCheck(refusal=base.answer_rejected("polkit")), passphrase).require()
    assert passphrase.asked == []


def test_when_the_platform_is_not_there_the_passphrase_is_asked_for() -> None:
    assert Case(FakeCheck(available=False), FakeCheck("the passphrase")).require() == "confirmed by the passphrase"


def test_when_the_platform_has_nobody_to_ask_the_passphrase_is_asked_for() -> None:
    polkit = FakeCheck(refusal=base.cannot_ask("polkit", "no agent"))
    assert Case(polkit, FakeCheck("the passphrase")).require() == "confirmed by the passphrase"


def test_a_platform_that_should_ask_and_cannot_refuses() -> None:
    with pytest.raises(base.NobodyToAskError, match="no agent"):
        Case(FakeCheck(refusal=base.cannot_ask("polkit", "no agent"))).require()


def test_where_nobody_can_be_asked_it_is_allowed_and_said() -> None:
    case = Case(FakeCheck(available=False))
    assert case.require() == NOBODY
    assert case.tickets.text is None
    assert Case().require() == NOBODY


def test_switched_off_nobody_is_asked() -> None:
    check = FakeCheck()
    assert Case(check, mode="off").require() == OFF
    assert check.asked == []


def test_a_setting_that_was_damaged_asks() -> None:
    assert Case(FakeCheck(), mode="OFF!").require() == "confirmed by a fake"


def test_an_exempt_opening_says_why() -> None:
    check = FakeCheck()
    assert Case(check, exempt="opened with a key file").require() == "opened with a key file"
    assert check.asked == []


def test_threads_share_one_question() -> None:
    check = FakeCheck(takes=0.1)
    case = Case(check)
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(case.require())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["confirmed by a fake", *[WITHIN_GRACE] * 7]
    assert len(check.asked) == 1


def test_making_a_gate_asks_nothing_of_anybody() -> None:
    def never(*_: object) -> Any:
        raise AssertionError

    tickets = MemoryTickets()
    tickets.get = never  # type: ignore[method-assign]
    PresenceGate("on", 300, tickets, KEY, never, context=never)


def test_the_status_says_who_would_be_asked_and_how_long_the_answer_still_holds() -> None:
    case = Case(FakeCheck("polkit", available=False), FakeCheck("the passphrase"))
    status = case.gate.status()
    assert (status.mode, status.grace, status.remaining, status.asked) == (PresenceMode.ON, 300, 0, "the passphrase")
    assert [(name, each.available) for name, each in status.checks] == [("polkit", False), ("the passphrase", True)]
    case.require()
    assert case.after(100).gate.status().remaining == 200


@pytest.mark.parametrize("case", [Case(FakeCheck(), mode="off"), Case(FakeCheck(), exempt="key file"), Case()])
def test_the_status_says_when_nobody_would_be_asked(case: Case) -> None:
    assert case.gate.status().asked is None


OPEN = """
import sys
from pathlib import Path
from pondpilot_secrets.access.presence.gate import PresenceGate
from pondpilot_secrets.secure import SecureString
from tests.access.presence.fakes import FakeCheck, FileTickets
gate = PresenceGate("on", 300, FileTickets(Path(sys.argv[1])), SecureString(bytes(range(32))), lambda: [FakeCheck()])
print(gate.require("show it"))
"""


def reveal(tickets: Path, **options: Any) -> str:
    command = [sys.executable, "-c", OPEN, str(tickets)]
    return subprocess.run(command, capture_output=True, text=True, check=True, **options).stdout.strip()


def test_an_answer_holds_for_other_processes_of_the_session_and_for_no_other_session(tmp_path: Path) -> None:
    path = tmp_path / "ticket"
    assert reveal(path) == "confirmed by a fake"
    assert reveal(path) == WITHIN_GRACE
    assert reveal(path, start_new_session=True) == "confirmed by a fake"


def test_within_the_grace_no_way_of_asking_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "ticket"
    reveal(path)
    script = f"{OPEN}\nprint(*[name for name in sys.modules if 'jeepney' in name or 'polkit' in name])"
    command = [sys.executable, "-c", script, str(path)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n")[1] == ""
