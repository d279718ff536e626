"""Recovery codes of a vault in an encrypted file: making them, and getting back in with one when every other key is lost.

A code is used up in the transaction that adds the new keys, so that whatever interrupts a recovery, either the code still
serves or the new keys do. The audit log's key rests in the encrypted file with everything else, so the log goes on.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import DecryptionFailedError, UsageError, VaultError
from pondpilot_secrets.settings import Store
from pondpilot_secrets.vault import opening
from pondpilot_secrets.vault.new_keys import encrypted_file, forget_items, recorded_first

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, RecoveryCode
    from pondpilot_secrets.keychain.encrypted_file.key_slots import KeySlot
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.vault import Vault

CODES = 8
MOST_CODES = 100

KIND = "recovery"


@dataclass(frozen=True, slots=True)
class CodeRecovery:
    """What opens the vault after a recovery, and how many codes are left."""

    opens_with: tuple[str, ...]
    codes_left: int


def make_codes(vault: Vault, count: int = CODES) -> list[SecureString]:
    """Make one-time codes and return them as they are printed; older ones are void. The caller closes them.

    With a count of 0 there are none afterwards. Raises `UsageError` (1022) for a vault that is not sealed.
    """
    from pondpilot_secrets.keychain.encrypted_file import RecoveryCode

    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    if not 0 <= count <= MOST_CODES:
        raise UsageError(f"a vault has up to {MOST_CODES} recovery codes, not {count}")
    _require_encrypted_file(vault)
    vault.confirm_presence("make recovery codes")
    codes = [RecoveryCode.new() for _ in range(count)]
    try:
        with vault.lock, recorded_first(vault, Action.RECOVERY, f"{count} codes made, older ones void"):
            encrypted_file(vault).change_slots(codes, drop=(KIND,))
        return [code.text() for code in codes]
    finally:
        for code in codes:
            code.close()


def recover(vault: Vault, code: SecureString, keys: NewKeys, *, drop: Collection[str] = ()) -> CodeRecovery:
    """Open a vault in an encrypted file with a recovery code, use that up, and let new keys open the vault from now on.

    `drop` names the kinds of older keys that shall open it no more: `passphrase`, `file`, `keychain`. The new keys are
    asked for only after the code has proved right. Raises `UsageError` (1022) for a code with a typo and for a vault
    that is not sealed, `DecryptionFailedError` (1006) for a code that is not of this vault or was used.
    """
    from pondpilot_secrets.keychain.encrypted_file import RecoveryCode

    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    _require_encrypted_file(vault)
    path = vault.settings.home / opening.SECRETS_FILE
    with contextlib.closing(RecoveryCode.read(code)) as read:
        store = _opened(path, read)
    vault.adopt(store)
    try:
        forget_items(_with_new_keys(vault, store, keys, drop))
    except BaseException:
        vault.let_go_of_keychain()  # a code that was not used up has opened nothing
        raise
    kinds = [slot.kind for slot in store.slots()]
    return CodeRecovery(tuple(dict.fromkeys(kind for kind in kinds if kind != KIND)), kinds.count(KIND))


def _with_new_keys(vault: Vault, store: EncryptedFile, keys: NewKeys, drop: Collection[str]) -> list[KeySlot]:
    """Use up the code that opened the store, and let the new keys in; returns the slots that are gone."""
    detail = "opened with a recovery code, and given new keys"
    with recorded_first(vault, Action.RECOVERY, detail), keys.sources(vault.settings) as sources, vault.lock:
        settings = replace(vault.settings, key_file=keys.key_file)
        if keys.key_file is not None:
            opening.announce_key_file(vault.metadata, settings)
        removed = store.change_slots(sources, drop=drop, used=store.opened_by)
        if keys.key_file is not None or "file" in drop:
            opening.remember_key_file(vault.metadata, settings)
    return removed


def _require_encrypted_file(vault: Vault) -> None:
    store = vault.metadata.setting("store")
    if store is None:
        raise VaultError(f"there is no vault in {vault.settings.home} yet", hint="`pond vault init` makes one")
    if store != Store.FILE:
        raise UsageError(
            f"recovery codes are for vaults in an encrypted file, and this one is in the {store} store",
            hint="back up the keychain itself by its own means, or `pond vault migrate --to file` and then make codes",
        )


def _opened(path: Path, code: RecoveryCode) -> EncryptedFile:
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

    kinds = EncryptedFile.kinds_of_slots(path)
    if KIND not in kinds:
        raise DecryptionFailedError(
            f"{path} has no recovery codes, or none that is left", hint="only its own keys open it, or a backup"
        )
    try:
        return EncryptedFile.open(path, [code])
    except DecryptionFailedError:
        left = kinds.count(KIND)
        raise DecryptionFailedError(
            f"this code does not open {path}: it was used, or made void by newer codes, or is of another vault",
            hint=f"{left} codes are left; try the next one on the list",
        ) from None
