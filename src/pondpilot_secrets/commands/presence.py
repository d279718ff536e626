"""Whether a vault asks if the person is there before it shows a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class PresenceRequest(Request["PresenceResult"]):
    """What to change: the mode, and for how many seconds an answer holds; None leaves a thing as it is."""

    mode: Literal["on", "off"] | None = None
    grace: float | None = None


@dataclass(frozen=True, slots=True)
class PresenceWay:
    """One way of asking, whether it can ask here, and if not why and what to do."""

    name: str
    available: bool
    description: str
    reason: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class PresenceResult:
    """What the vault would do now.

    Attributes:
        mode: whether this vault asks: `on` or `off`.
        grace: seconds that an answer holds; 0 when every time is asked.
        remaining: seconds that an answer given in this session still holds, or 0.
        ways: the ways of asking, in order.
        asked: the name of the way that would be asked first, or None when nobody would be asked.
        exempt: why nobody is asked although the mode is on, or None.
    """

    mode: str
    grace: float
    remaining: float
    ways: tuple[PresenceWay, ...]
    asked: str | None
    exempt: str | None


def presence(session: Session, request: PresenceRequest) -> PresenceResult:
    """Show how the vault asks, or change it; raises `PresenceRefusedError` (1024) when nobody confirms the change."""
    manager = session.manager
    if request.mode is not None or request.grace is not None:
        manager.change_presence(request.mode, request.grace)
    found = manager.presence_status()
    ways = (
        PresenceWay(name, status.available, status.description, status.reason, status.hint)
        for name, status in found.checks
    )
    return PresenceResult(str(found.mode), found.grace, found.remaining, tuple(ways), found.asked, found.exempt)
