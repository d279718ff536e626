"""Changing what opens a vault in an encrypted file: everything in it is encrypted again under a new key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.vault.new_keys import delete_keychain_keys

if TYPE_CHECKING:
    from pathlib import Path

    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Rekey:
    """How many items were encrypted again, and how many recovery codes are void since."""

    items: int
    void_codes: int


class Rekeying:
    """Changes the keys of one vault."""

    def __init__(self, guard: Guard, unit: UnitOfWork, store: SecretStore, home: Path) -> None:
        self._guard = guard
        self._unit = unit
        self._store = store
        self._home = home

    def rekey(self, keys: NewKeys) -> Rekey:
        """Encrypt everything under a new key, so that exactly these keys open the vault, and no recovery code.

        Raises `UsageError` (1022) for a vault that is not in the encrypted file.
        """
        self._guard.require_rules_change()
        self._unit.open()
        _ = self._store.key_slots  # refuses a store that has none
        self._guard.confirm_presence("change what opens the vault")
        with (
            keys.sources(self._home) as sources,
            self._unit.begin() as work,
            work.trail.intent(Action.REKEY),
        ):
            store = work.store.key_slots
            before = store.slots()
            work.state.announce_key_file(keys.key_file)
            count = store.rekey(sources)
            work.state.remember_key_file(keys.key_file)
            delete_keychain_keys(before)
        codes = sum(slot.kind == "recovery" for slot in before)
        return Rekey(count - 1, codes)  # one is the audit log's key
