"""Keeping rows of `metadata.db` that were damaged, or edited by another program, as they read now.

Nobody gets a credential by that: each is bound to its provider and scopes where it rests (`binding.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import NameTakenError
from pondpilot_secrets.models import SecretState
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.metadata.integrity import Damage
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.vault import Vault

KEPT = "kept as metadata.db had it, which was not as it was written"
LED_TO = "what leads to it in metadata.db was made anew"
_LONGEST_KEPT = 180


def damage(vault: Vault) -> Damage:
    """Look through `metadata.db`; raises `VaultError` (1018) where not even that can be done."""
    vault.require(Grant.LIST)
    return vault.metadata.damage()


def mend(vault: Vault, seen: Iterable[SecretMetadata]) -> list[SecretMetadata]:
    """Make anew what leads to entries, and keep those of the altered ones that still read as they were seen; returns them.

    One that has the name of another secret gets the beginning of its id behind it; one whose item rests under another
    type gets that type back. Raises `VaultError` (1018) where the file is too broken for it.
    """
    vault.require(Grant.WRITE)
    _ = vault.audit
    wanted = {entry.id: _apart_from_use(entry) for entry in seen}
    types = _types_of_items(vault, wanted)
    with vault.lock, vault.recorded() as log:
        vault.metadata.renew_indexes()
        vault.metadata.abandon_unreadable_updates()
        found = vault.metadata.damage()
        led_to = [_kept(vault, entry) for entry in found.astray]
        kept = [
            _kept(vault, replace(entry, type=types.get(entry.id, entry.type)))
            for entry in found.altered
            if wanted.get(entry.id) == _apart_from_use(entry)
        ]
        log.append([AuditEntry.of(Action.UPDATE, entry, detail=LED_TO) for entry in led_to])
        log.append([AuditEntry.of(Action.UPDATE, entry, detail=KEPT) for entry in kept])
    return kept


def _apart_from_use(entry: SecretMetadata) -> SecretMetadata:
    """The entry without what other processes count and finish meanwhile."""
    return replace(entry, use_count=0, last_used_at=None, state=SecretState.READY)


def _kept(vault: Vault, entry: SecretMetadata) -> SecretMetadata:
    try:
        vault.metadata.keep_altered(entry)
    except NameTakenError:
        entry = replace(entry, name=f"{entry.name[:_LONGEST_KEPT]} {entry.id[:8]}")
        vault.metadata.keep_altered(entry)
    return entry


def _types_of_items(vault: Vault, ids: Iterable[str]) -> dict[str, str]:
    """The types under which the keychain has the items of secrets, by id, where it has any."""
    from pondpilot_secrets.secret_types import registry

    accounts = {f"{name}:{id_}": (id_, name) for id_ in ids for name in registry.names()}
    items = vault.keychain.get_many(list(accounts))
    for item in items.values():
        wipe(item)
    return dict(accounts[account] for account in items)
