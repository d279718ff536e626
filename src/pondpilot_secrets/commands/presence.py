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
    vault = session.manager.vault
    if request.mode is not None or request.grace is not None:
        _change(session, request)
    return vault.presence.status()


def _change(session: Session, request: PresenceRequest) -> None:
    from pondpilot_secrets.access.audit import Action, AuditEntry
    from pondpilot_secrets.access.grants import Grant
    from pondpilot_secrets.access.presence.mode import Mode

    vault = session.manager.vault
    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    vault.confirm_presence("change whether this vault asks")
    mode = None if request.mode is None else Mode(request.mode)
    with vault.lock, vault.recorded() as log:
        vault.presence.change(mode, request.grace)
        said = [f"presence {mode}"] if mode else []
        said += [f"grace {request.grace:g} s"] if request.grace is not None else []
        log.append([AuditEntry(Action.SETTING, detail=", ".join(said))])
