"""Changing whether a vault asks if the person is there, and how long an answer holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.presence.mode import PresenceMode
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork

LONGEST_GRACE = 86_400.0
"""Seconds."""


class PresenceSettings:
    """Changes how one vault asks, for all processes that have it open."""

    def __init__(self, guard: Guard, unit: UnitOfWork) -> None:
        self._guard = guard
        self._unit = unit

    def change(self, mode: PresenceMode | str | None, grace: float | None) -> None:
        """Change the mode, the grace in seconds, or both; None leaves a thing as it is.

        Raises `PresenceRefusedError` (1024) when nobody confirms it, and `UsageError` (1022) for no mode, or a grace that is
        longer than a day or shorter than nothing.
        """
        self._guard.require_rules_change()
        if mode is not None and mode not in tuple(PresenceMode):
            raise UsageError(f"there is no presence mode {mode!r}", hint="it is on or off")
        if grace is not None and not 0 <= grace <= LONGEST_GRACE:
            raise UsageError("the grace is from 0 seconds to a day", hint="for example `--grace 60`")
        self._unit.open()
        self._guard.confirm_presence("change whether this vault asks")
        with self._unit.begin() as work, work.audited() as log:
            work.state.set_presence(None if mode is None else PresenceMode(mode), grace)
            details = [f"presence {mode}"] if mode else []
            details += [f"grace {grace:g} s"] if grace is not None else []
            log.append([AuditEntry(Action.SETTING, detail=", ".join(details))])
