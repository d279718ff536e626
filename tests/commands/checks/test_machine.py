"""The checks of the program, the clock and the ways of asking for the person."""

from __future__ import annotations

import os

import pytest

from pondpilot_secrets._version import __version__
from pondpilot_secrets.commands.checks.machine import BUILT, FUTURE, clock, presence, program
from pondpilot_secrets.commands.checks.outcome import Health
from pondpilot_secrets.commands.session import Session


def test_the_program_says_its_version(session: Session) -> None:
    (outcome,) = program(session)
    assert outcome.health is Health.OK
    assert outcome.message.startswith(f"pond {__version__}, Python 3.")


def test_a_clock_that_is_behind_the_program_is_broken(warehouse: Session) -> None:
    (outcome,) = clock(warehouse, BUILT - 1.0)
    assert outcome.health is Health.BROKEN
    assert outcome.message.endswith(") is in the past")


@pytest.mark.parametrize(("ahead", "health"), [(FUTURE - 30, Health.OK), (FUTURE + 30, Health.BROKEN)])
def test_a_clock_that_is_behind_the_vault_is_broken(warehouse: Session, ahead: float, health: Health) -> None:
    now = BUILT + 1_000_000.0
    os.utime(f"{warehouse.home}/metadata.db", (now + ahead, now + ahead))
    (outcome,) = clock(warehouse, now)
    assert outcome.health is health


def test_every_way_of_asking_says_whether_it_can(session: Session) -> None:
    outcomes = list(presence(session))
    assert outcomes
    assert {outcome.health for outcome in outcomes} == {Health.OK}
    assert all("asks before a value is shown" in each.message or "cannot ask: " in each.message for each in outcomes)
