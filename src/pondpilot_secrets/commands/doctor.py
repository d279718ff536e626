"""What is wrong on this machine, and how to fix it; a check that fails stops no other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class DoctorRequest(Request["DoctorResult"]):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """What the checks say, in their order; `ok` where nothing is broken."""

    checks: tuple[CheckOutcome, ...]
    ok: bool


def doctor(session: Session, request: DoctorRequest) -> DoctorResult:
    """Check everything; never raises for what is broken, but reports it. Nobody is asked anything."""
    from pondpilot_secrets.commands.checks import duckdb, machine, store, vault

    del request
    checks = (
        machine.program,
        vault.vault_folder,
        vault.database,
        store.store,
        machine.presence,
        vault.expiry,
        machine.clock,
        duckdb.duckdb,
        duckdb.duckdb_shell,
        duckdb.plain_text_secrets,
    )
    outcomes = tuple(outcome for check in checks for outcome in outcomes_of(check, session))
    return DoctorResult(outcomes, all(outcome.health is not Health.BROKEN for outcome in outcomes))


def outcomes_of(check: Callable[[Session], Iterator[CheckOutcome]], session: Session) -> list[CheckOutcome]:
    """Run one check; what it fails with is an outcome too."""
    subject = check.__name__.replace("_", " ")
    outcomes: list[CheckOutcome] = []
    try:
        outcomes += check(session)
    except SecretError as error:
        outcomes.append(CheckOutcome(subject, Health.BROKEN, error.message, error.hint))
    except Exception as error:  # noqa: BLE001 - whatever is broken here, the other checks go on
        log.debug("commands", "the check of %s failed: %s", subject, type(error).__name__)
        outcomes.append(CheckOutcome(subject, Health.BROKEN, f"could not be checked: {type(error).__name__}"))
    return outcomes
