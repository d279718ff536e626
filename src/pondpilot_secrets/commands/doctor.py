"""What is wrong on this machine, and how to mend it; a look that fails stops no other."""

from __future__ import annotations

import platform
import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from pondpilot_secrets._version import __version__
from pondpilot_secrets.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pondpilot_secrets.commands.session import Session


class Health(StrEnum):
    """How a thing stands: `warning` is worth knowing, `broken` keeps something from working."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look found, and how to mend it."""

    subject: str
    health: Health
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class DoctorRequest:
    """Nothing needs to be said."""


@dataclass(frozen=True, slots=True)
class DoctorResult:
    """All findings, in the order of the looks."""

    findings: tuple[Finding, ...]
    ok: bool


def doctor(session: Session, request: DoctorRequest) -> DoctorResult:
    """Look at everything; never raises for what is broken, but reports it. Nobody is asked anything."""
    from pondpilot_secrets.commands import doctor_duckdb, doctor_vault

    del request
    findings: list[Finding] = []
    looks = (_program, *doctor_vault.LOOKS, *doctor_duckdb.LOOKS)
    for look in looks:
        findings += _taken(look, session)
    return DoctorResult(tuple(findings), all(finding.health is not Health.BROKEN for finding in findings))


def _taken(look: Callable[[Session], Iterator[Finding]], session: Session) -> list[Finding]:
    subject = look.__name__.strip("_").replace("_", " ")
    found: list[Finding] = []
    try:
        found += look(session)
    except SecretError as error:
        found.append(Finding(subject, Health.BROKEN, error.message, error.hint))
    except Exception as error:  # noqa: BLE001 - whatever is broken here, the other looks go on
        found.append(Finding(subject, Health.BROKEN, f"could not be looked at: {type(error).__name__}"))
    return found


def _program(session: Session) -> Iterator[Finding]:
    del session
    python = f"Python {platform.python_version()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield Finding("program", Health.OK, f"pond {__version__}, {python}, {platform.platform(terse=True)}")
    else:
        yield Finding(
            "program", Health.WARNING, f"pond {__version__} is not tried on {python}", "use 3.11, 3.12 or 3.13"
        )
