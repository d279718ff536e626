"""Keeping rows of `metadata.db` that are corrupt, because a disk or another program changed them, as they read now.

Nobody gets a credential by that: each is bound to its provider and scopes where it rests (`context_binding.py`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import NameTakenError
from pondpilot_secrets.models import SecretState
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.metadata.integrity import Corruption
    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork, Work

KEPT = "kept as metadata.db had it, which was not as it was written"
INDEXED = "indexed again: searches in metadata.db did not lead to it"
_LONGEST_KEPT = 180


class Repair:
    """Finds and repairs what is corrupt in the metadata of one vault."""

    def __init__(self, guard: Guard, unit: UnitOfWork, metadata: MetadataStore) -> None:
        self._guard = guard
        self._unit = unit
        self._metadata = metadata

    def find_corruption(self) -> Corruption:
        """Look through `metadata.db`; raises `VaultError` (1018) where not even that can be done."""
        self._guard.require(Grant.LIST)
        return self._metadata.find_corruption()

    def repair(self, seen: Iterable[SecretMetadata]) -> list[SecretMetadata]:
        """Rebuild indexes, and keep those of the corrupt entries that still read as they were seen; returns them.

        One that has the name of another secret gets the beginning of its id behind it; one whose item rests under another
        type gets that type back. Raises `VaultError` (1018) where the file is too broken for it.
        """
        self._guard.require(Grant.WRITE)
        as_seen = {entry.id: _apart_from_use(entry) for entry in seen}
        with self._unit.begin() as work:
            types = _types_of_items(work, as_seen)
            with work.audited() as audit:
                work.metadata.rebuild_indexes()
                work.metadata.roll_back_unreadable_updates()
                found = work.metadata.find_corruption()
                indexed = [_keep(work, entry) for entry in found.unindexed]
                kept = [
                    _keep(work, replace(entry, type=types.get(entry.id, entry.type)))
                    for entry in found.corrupt
                    if as_seen.get(entry.id) == _apart_from_use(entry)
                ]
                audit.append([AuditEntry.of(Action.UPDATE, entry, detail=INDEXED) for entry in indexed])
                audit.append([AuditEntry.of(Action.UPDATE, entry, detail=KEPT) for entry in kept])
        return kept


def _apart_from_use(entry: SecretMetadata) -> SecretMetadata:
    """The entry without what other processes count and complete meanwhile."""
    return replace(entry, use_count=0, last_used_at=None, state=SecretState.READY)


def _keep(work: Work, entry: SecretMetadata) -> SecretMetadata:
    try:
        work.metadata.keep_corrupt(entry)
    except NameTakenError:
        log.info("vault", "a corrupt entry has the name of another secret: its id is added to it")
        entry = replace(entry, name=f"{entry.name[:_LONGEST_KEPT]} {entry.id[:8]}")
        work.metadata.keep_corrupt(entry)
    return entry


def _types_of_items(work: Work, ids: Iterable[str]) -> dict[str, str]:
    """The types under which the store has the items of secrets, by id, where it has any."""
    from pondpilot_secrets.secret_types import registry

    accounts = {
        f"{name}:{id_}": (id_, name) for id_ in ids for name in (*registry.names(), *registry.installed_names())
    }
    items = work.store.provider.get_many(list(accounts))
    for item in items.values():
        wipe(item)
    return dict(accounts[account] for account in items)
