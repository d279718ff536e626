"""Keeping rows of `metadata.db` that were damaged, or edited by another program, as they read now.

Nobody gets a credential by that: each is bound to its type, provider and scopes where it rests (`binding.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant

if TYPE_CHECKING:
    from collections.abc import Collection

    from pondpilot_secrets.manager.vault import Vault
    from pondpilot_secrets.models import SecretMetadata

DETAIL = "kept as metadata.db had it, which was not as it was written"


def altered(vault: Vault) -> list[SecretMetadata]:
    """Return the entries that are not as they were written; raises `VaultError` (1018) for one that does not read."""
    vault.require(Grant.LIST)
    return vault.metadata.altered()


def keep(vault: Vault, entries: Collection[SecretMetadata]) -> list[SecretMetadata]:
    """Keep those of the altered entries that still read as given; returns them.

    Raises `NameTakenError` (1017) where one now has the name of another, and then keeps none.
    """
    vault.require(Grant.WRITE)
    _ = vault.audit
    with vault.lock, vault.recorded() as log:
        kept = [entry for entry in vault.metadata.altered() if entry in entries]
        for entry in kept:
            vault.metadata.keep_altered(entry)
        log.append([AuditEntry.of(Action.UPDATE, entry, detail=DETAIL) for entry in kept])
    return kept
