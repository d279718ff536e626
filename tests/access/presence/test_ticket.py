"""A ticket holds for the boot, the session and the key that it was written for, and for nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.access.presence import ticket
from pondpilot_secrets.access.presence.processes import start_time
from pondpilot_secrets.access.presence.ticket import TicketContext
from pondpilot_secrets.secure import SecureString

KEY = SecureString(bytes(range(32)))
OTHER_KEY = SecureString(bytes(32))
SECOND = 10**9
AT = TicketContext("11111111-2222-3333-4444-555555555555", 1000 * SECOND, "1000:42:777")


def test_its_age_is_told_in_seconds() -> None:
    written = ticket.issue_ticket(KEY, AT)
    assert ticket.age_of_ticket(written, KEY, AT) == 0
    assert ticket.age_of_ticket(written, KEY, replace(AT, moment=AT.moment + SECOND // 2)) == 0.5


def test_its_text_is_as_documented() -> None:
    """A vector: made with OpenSSL's HMAC over the label and the text before the MAC."""
    assert ticket.issue_ticket(KEY, AT) == (
        "v1 11111111-2222-3333-4444-555555555555 1000000000000 1000:42:777 "
        "c3a4664913579925571e584f68046885ffb8b8f9c529a3fd3e37e167500d7ba2"
    )


@pytest.mark.parametrize(
    "elsewhere",
    [
        replace(AT, boot="-"),
        replace(AT, boot="99999999-2222-3333-4444-555555555555"),
        replace(AT, session="1000:43:777"),
        replace(AT, session="1001:42:777"),
        replace(AT, session="1000:42:778"),
        replace(AT, moment=AT.moment - 1),
    ],
    ids=["no boot", "another boot", "another session", "another user", "a session's number used again", "the future"],
)
def test_it_holds_nowhere_else(elsewhere: TicketContext) -> None:
    assert ticket.age_of_ticket(ticket.issue_ticket(KEY, AT), KEY, elsewhere) is None


def test_it_holds_under_its_key_only() -> None:
    assert ticket.age_of_ticket(ticket.issue_ticket(OTHER_KEY, AT), KEY, AT) is None


@pytest.mark.parametrize("part", range(5))
def test_no_part_of_it_can_be_changed(part: int) -> None:
    words = ticket.issue_ticket(KEY, AT).split(" ")
    for changed in (words[part][:-1], words[part] + "0", "", "-"):
        forged = " ".join([*words[:part], changed, *words[part + 1 :]])
        assert ticket.age_of_ticket(forged, KEY, AT) is None


@given(st.one_of(st.none(), st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
def test_whatever_else_lies_there_is_no_ticket(text: str | None) -> None:
    assert ticket.age_of_ticket(text, KEY, AT) is None


def test_here_is_one_place_for_a_process_and_its_children() -> None:
    assert (here := ticket.current_context()).session == ticket.current_context().session
    found = subprocess.run([sys.executable, "-c", PRINT], capture_output=True, text=True, check=True).stdout.split()
    assert found == [here.boot, here.session]


def test_another_session_is_another_place() -> None:
    command = [sys.executable, "-c", PRINT]
    found = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=True).stdout.split()
    assert found[0] == ticket.current_context().boot
    assert found[1] != ticket.current_context().session


PRINT = """
from pondpilot_secrets.access.presence.ticket import current_context
here = current_context()
print(here.boot, here.session)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the boot's id and clock are Linux's")
def test_the_clock_counts_from_the_boot_and_the_boot_has_an_id() -> None:
    here = ticket.current_context()
    assert len(here.boot) == 36
    assert abs(here.moment - time.clock_gettime_ns(time.CLOCK_BOOTTIME)) < SECOND
    assert here.session == f"{os.getuid()}:{os.getsid(0)}:{start_time(os.getsid(0))}"


def test_windows_has_one_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    assert ticket.current_context().session == "0:0:0"


def test_the_wall_clock_has_no_part_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    written = ticket.issue_ticket(KEY, ticket.current_context())
    for name in ("time", "time_ns"):
        monkeypatch.setattr(time, name, lambda: 0)
    since = ticket.age_of_ticket(written, KEY, ticket.current_context())
    assert since is not None
    assert 0 <= since < 5
