"""The limits of a vault: how often secrets may be revealed and used, kept among its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.access.limit import Limit
from pondpilot_secrets.access.rate_limits import DEFAULTS, Limits
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.vault.vault import Vault

_SETTING = "limit_"


def limits_of(metadata: MetadataStore) -> Limits:
    """Return the limits of a vault: what was set, else the defaults."""
    return Limits(
        *(
            Limit.load(metadata.setting(_SETTING + name), default)
            for name, default in zip(Limits._fields, DEFAULTS, strict=True)
        )
    )


def set_limits(vault: Vault, changes: Mapping[str, str | None]) -> Limits:
    """Change limits by name, in the notation of `Limit.parse` (`60/minute`); None brings the default back.

    Whoever may raise the limits may reveal in bulk, so this needs the grant `export`. Raises `UsageError` (1022).
    """
    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    unknown = [name for name in changes if name not in Limits._fields]
    if unknown:
        raise UsageError(f"there is no limit {unknown[0]!r}", hint="there are " + ", ".join(Limits._fields))
    parsed = {name: None if text is None else str(Limit.parse(text)) for name, text in changes.items()}
    vault.confirm_presence("change how often secrets may be revealed")
    with vault.lock, vault.recorded() as log:
        for name, limit in parsed.items():
            vault.metadata.set_setting(_SETTING + name, limit)
        said = ", ".join(f"{name} {limit or 'as by default'}" for name, limit in parsed.items())
        log.append([AuditEntry(Action.SETTING, detail=said)])
    vault.forget_limits()
    return limits_of(vault.metadata)
