"""How often the secrets of a vault may be revealed and used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class LimitsRequest(Request["LimitsResult"]):
    """The limits to change, by name (`reveal_each`, `reveal_all`, `use_all`); None brings the default back."""

    changes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitsResult:
    """The limits as they are now, each in words."""

    reveal_each: str
    reveal_all: str
    use_all: str


def limits(session: Session, request: LimitsRequest) -> LimitsResult:
    """Show the limits, or change them; raises `UsageError` (1022) for what is no limit."""
    manager = session.manager
    found = manager.change_limits(request.changes) if request.changes else manager.limits()
    return LimitsResult(*(limit.in_words() for limit in found))
