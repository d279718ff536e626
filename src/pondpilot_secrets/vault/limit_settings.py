"""Changing how often secrets of a vault may be revealed and used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.access.rate_limits import Limits
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork


class LimitSettings:
    """Changes the limits of one vault, for all processes that have it open."""

    def __init__(self, guard: Guard, unit: UnitOfWork) -> None:
        self._guard = guard
        self._unit = unit

    def change(self, changes: Mapping[str, str | None]) -> Limits:
        """Change limits by name, as `60/minute`; None brings the default back. Raises `UsageError` (1022)."""
        self._guard.require_rules_change()
        unknown = [name for name in changes if name not in Limits._fields]
        if unknown:
            raise UsageError(f"there is no limit {unknown[0]!r}", hint="there are " + ", ".join(Limits._fields))
        limits = {name: None if text is None else str(Limit.parse(text)) for name, text in changes.items()}
        self._unit.open()
        self._guard.confirm_presence("change how often secrets may be revealed")
        with self._unit.begin() as work, work.audited() as log:
            work.state.set_limits(limits)
            detail = ", ".join(f"{name} {limit or 'as by default'}" for name, limit in limits.items())
            log.append([AuditEntry(Action.SETTING, detail=detail)])
            return work.state.limits()
