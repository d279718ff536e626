"""Whether a vault asks if the person is there before it shows a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.access.presence.gate import GateStatus
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class PresenceRequest:
    """What to change: the mode, `on` or `off`, and for how many seconds an answer holds; None leaves a thing as it is."""

    mode: str | None = None
    grace: float | None = None


def presence(session: Session, request: PresenceRequest) -> GateStatus:
    """Show how the vault asks, or change it; raises `PresenceRefusedError` (1024) when nobody confirms the change."""
    from pondpilot_secrets.access.grants import Grant

    session.require(Grant.LIST)
    if request.mode is not None or request.grace is not None:
        session.manager.change_presence(request.mode, request.grace)
    return session.manager.presence_status()
