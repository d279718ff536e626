"""How often the secrets of a vault may be revealed and used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.access.rate_limits import Limits
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class LimitsRequest:
    """The limits to change, by name (`reveal_each`, `reveal_all`, `use_all`); None brings the default back."""

    changes: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LimitsResult:
    """The limits as they are now, each in words."""

    reveal_each: str
    reveal_all: str
    use_all: str

    @classmethod
    def of(cls, limits: Limits) -> LimitsResult:
        """Say what limits are."""
        return cls(*(limit.in_words() for limit in limits))


def limits(session: Session, request: LimitsRequest) -> LimitsResult:
    """Show the limits, or change them; raises `UsageError` (1022) for what is no limit."""
    from pondpilot_secrets.access.grants import Grant

    session.require(Grant.LIST)
    if request.changes:
        return LimitsResult.of(session.manager.change_limits(request.changes))
    return LimitsResult.of(session.manager.limits())
