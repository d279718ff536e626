"""A sample of a command: `src/pondpilot_secrets/commands/count.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class CountRequest(Request["CountResult"]):
    """The type to count, or None for all."""

    type: str | None = None


@dataclass(frozen=True, slots=True)
class CountResult:
    """How many secrets there are."""

    secrets: int


def count(session: Session, request: CountRequest) -> CountResult:
    """Count the secrets."""
    return CountResult(len(session.manager.list_secrets(type=request.type)))
