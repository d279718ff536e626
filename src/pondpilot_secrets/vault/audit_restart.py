"""Beginning the audit log again, where its end was destroyed or its key was lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork


class AuditRestart:
    """Restarts the log of one vault."""

    def __init__(self, guard: Guard, unit: UnitOfWork) -> None:
        self._guard = guard
        self._unit = unit

    def restart(self, reason: str) -> None:
        """Begin a new chain after the records there are, under a new key where the old one is gone."""
        self._guard.require_rules_change()
        self._unit.open_store()
        self._guard.confirm_presence("begin the audit log again")
        with self._unit.begin_without_log() as work:
            work.trail.make_key(force_new=True)
            work.trail.log.restart(reason)
