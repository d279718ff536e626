"""What can be told of a vault without opening its store and without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.vault_state import VaultState


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """Where a vault's credentials rest.

    Attributes:
        home: the vault's folder.
        store: the store's name; None for a vault that has not been made yet.
        reason: why that store was chosen, or None.
        created_at: when the vault was made, ISO 8601, or None.
        secrets: how many secrets there are.
        unfinished: how many writes a crash left to be completed or rolled back at the next open.
        moving_from: the store that an interrupted move has yet to empty, or None.
        key_file: the key file that the settings name, or else the vault remembers, or None.
    """

    home: Path
    store: str | None
    reason: str | None
    created_at: str | None
    secrets: int
    unfinished: int
    moving_from: str | None
    key_file: Path | None


@dataclass(frozen=True, slots=True)
class KeySlots:
    """What opens a vault in an encrypted file.

    Attributes:
        opens_with: the kinds of its keys, each once: `passphrase`, `file`, `keychain`.
        recovery_codes: how many one-time codes are left.
    """

    opens_with: tuple[str, ...] = ()
    recovery_codes: int = 0


class StatusReport:
    """Tells of one vault."""

    def __init__(self, metadata: MetadataStore, state: VaultState, store: SecretStore) -> None:
        self._metadata = metadata
        self._state = state
        self._store = store

    def vault_status(self) -> VaultStatus:
        """Return where the credentials rest."""
        context = self._store.context()
        return VaultStatus(
            home=context.home,
            store=self._state.store,
            reason=self._state.store_reason,
            created_at=self._state.created_at,
            secrets=self._metadata.count(),
            unfinished=len(self._metadata.incomplete_writes()),
            moving_from=self._state.moving_from,
            key_file=context.key_files[0] if context.key_files else None,
        )

    def key_slots(self) -> KeySlots:
        """Return what opens the vault: nothing of its own where it is in a store without key slots.

        Raises `VaultError` (1018) where the store is missing or damaged.
        """
        kinds = self._store.slot_kinds()
        return KeySlots(tuple(dict.fromkeys(kind for kind in kinds if kind != "recovery")), kinds.count("recovery"))
