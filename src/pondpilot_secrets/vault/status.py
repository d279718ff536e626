"""What can be told of a vault without opening its store and without asking anybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.settings import Store
from pondpilot_secrets.vault import opening
from pondpilot_secrets.vault.vault import MOVING_FROM

if TYPE_CHECKING:
    from pathlib import Path

    from pondpilot_secrets.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class VaultStatus:
    """Where a vault's credentials rest.

    Attributes:
        home: the vault's folder.
        store: the store's name; None for a vault that has not been made yet.
        reason: why that store was chosen, or None.
        created_at: when the vault was made, ISO 8601, or None.
        secrets: how many secrets there are.
        unfinished: how many writes a crash left to be finished at the next open.
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


def status_of(vault: Vault) -> VaultStatus:
    """Return where the credentials of a vault rest."""
    metadata = vault.metadata
    return VaultStatus(
        home=vault.settings.home,
        store=metadata.setting("store"),
        reason=metadata.setting("store_reason"),
        created_at=metadata.setting("created_at"),
        secrets=metadata.count(),
        unfinished=len(metadata.unfinished()),
        moving_from=metadata.setting(MOVING_FROM),
        key_file=opening.with_remembered_key_file(vault.settings, metadata).key_file,
    )


def key_slots_of(vault: Vault) -> KeySlots:
    """Return what opens a vault: nothing of its own where it is not in an encrypted file.

    Raises `VaultError` (1018) where that file is missing or damaged.
    """
    if vault.metadata.setting("store") != Store.FILE:
        return KeySlots()
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

    kinds = EncryptedFile.kinds_of_slots(vault.settings.home / opening.SECRETS_FILE)
    return KeySlots(tuple(dict.fromkeys(kind for kind in kinds if kind != "recovery")), kinds.count("recovery"))
