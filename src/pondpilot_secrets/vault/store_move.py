"""Moving every credential of a vault to another store, so that a crash at any point loses none.

Copy all, read all back and compare, then switch the vault over in one transaction, and only then empty the old store. Until
the switch the old store is the vault's; after it the new one is. The name of the other is kept until that is empty, so that
`recover_move` can empty it after a crash.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import CredentialCorruptError, KeychainLockedError, SecretError, UsageError
from pondpilot_secrets.keychain import choose
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.settings import Store
from pondpilot_secrets.vault import opening
from pondpilot_secrets.vault.new_keys import NewKeys, encrypted_file, forget_items, recorded_first
from pondpilot_secrets.vault.vault import MOVING_FROM, MOVING_TO
from pondpilot_secrets.vault.writer import recover

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.vault.vault import Vault

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class StoreMove:
    """What was moved: how many credentials, from which store to which, and the names of those that were lost before."""

    moved: int
    source: str
    target: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rekey:
    """How many items were sealed anew, and how many recovery codes are void since."""

    items: int
    void_codes: int


def migrate(
    vault: Vault, target: Store, passphrase: Passphrase, progress: Callable[[int, int], None] | None = None
) -> StoreMove:
    """Move every credential to `target`, or finish a move that was interrupted while it emptied the old store.

    `passphrase` is that of a new encrypted file. Raises `UsageError` (1022) for a store that the vault is in already, and
    the errors of both stores; until everything is copied, the vault stays as it was.
    """
    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    vault.confirm_presence("move every credential to another store")
    vault.settings = replace(vault.settings, store=Store.AUTO)  # whatever was asked for, this is about both
    with vault.lock:
        source = vault.metadata.setting("store")
        if source == target:
            return _finish(vault, target)
        if source is None:
            raise UsageError("there is nothing to move: this vault is new", hint=f"`pond vault init --store {target}`")
        recover(vault)
        accounts = {row.account: row.name for row in vault.metadata.list()}
        accounts[f"vault:{vault.metadata.setting('vault_id')}"] = ""
        old = vault.keychain
        vault.metadata.set_setting(MOVING_TO, target)
        try:
            missing = _copy_and_switch(vault, old, target, passphrase, list(accounts), progress)
        except BaseException:
            recover_move(vault)
            raise
        vault.let_go_of_keychain()
        recover_move(vault)
        _refuse_leftovers(vault)
    names = tuple(accounts[account] for account in missing if accounts[account])
    return StoreMove(len(accounts) - 1 - len(names), source, target, names)  # one is the audit log's key


def _copy_and_switch(
    vault: Vault,
    old: KeychainProvider,
    target: Store,
    passphrase: Passphrase,
    accounts: Sequence[str],
    progress: Callable[[int, int], None] | None,
) -> list[str]:
    new = _target(vault, target, passphrase)
    try:
        missing = _copy(old, new, accounts, progress)
        with vault.recorded() as log:
            vault.metadata.set_setting("store", target)
            vault.metadata.set_setting("store_reason", f"it was moved there from the {old.name} store")
            vault.metadata.set_setting(MOVING_TO, None)
            vault.metadata.set_setting(MOVING_FROM, old.name)
            opening.remember_key_file(vault.metadata, vault.settings if target == Store.FILE else None)
            log.append([AuditEntry(Action.MIGRATE, detail=f"{old.name} to {target}")])
    finally:
        new.close()
    return missing


def _target(vault: Vault, target: Store, passphrase: Passphrase) -> KeychainProvider:
    if target == Store.FILE:
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

        path = _secrets_file(vault)
        EncryptedFile.remove(path)  # what an interrupted move left; the vault knows that its credentials are elsewhere
        return EncryptedFile.create(path, opening.key_sources(vault.settings, passphrase, new=True))
    choose.require_usable(choose.status_of_system())
    keychain = choose.open_system()
    keychain.unlock()
    return keychain


def _copy(
    old: KeychainProvider,
    new: KeychainProvider,
    accounts: Sequence[str],
    progress: Callable[[int, int], None] | None,
) -> list[str]:
    """Copy in batches and compare what arrived; returns the accounts that the old store did not have."""
    missing = []
    for start in range(0, len(accounts), AT_ONCE):
        batch = accounts[start : start + AT_ONCE]
        payloads = old.get_many(batch)
        arrived: dict[str, bytearray] = {}
        try:
            new.set_many(payloads)
            arrived = new.get_many(list(payloads))
            if arrived != payloads:
                raise CredentialCorruptError(
                    "the new store does not give back what it was given",
                    hint="nothing was moved; the vault is as it was",
                )
        finally:
            for payload in (*payloads.values(), *arrived.values()):
                wipe(payload)
        missing += [account for account in batch if account not in payloads]
        if progress is not None:
            progress(min(start + AT_ONCE, len(accounts)), len(accounts))
    return missing


def _finish(vault: Vault, target: Store) -> StoreMove:
    source = vault.metadata.setting(MOVING_FROM)
    if source is None:
        raise UsageError(f"the secrets are in the {target} store already")
    recover_move(vault)
    _refuse_leftovers(vault)
    return StoreMove(0, source, target)


def _refuse_leftovers(vault: Vault) -> None:
    left = vault.metadata.setting(MOVING_FROM)
    if left is not None:
        raise UsageError(
            f"everything was moved, but the {left} store still holds copies, and cannot be emptied now",
            hint="make sure that the keychain is unlocked, then run the same command again: `pond doctor` shows it",
        )


def recover_move(vault: Vault) -> None:
    """Empty the store that is not the vault's, where a move left copies in it. The caller holds the lock.

    A keychain that does not answer, or that would have to ask somebody, is left for the next time.
    """
    for mark in (MOVING_TO, MOVING_FROM):
        store = vault.metadata.setting(mark)
        if store is not None and store != vault.metadata.setting("store"):
            with contextlib.suppress(SecretError):
                _empty(vault, store)
                vault.metadata.set_setting(mark, None)


def _empty(vault: Vault, store: str) -> None:
    if store == Store.FILE:
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

        EncryptedFile.remove(_secrets_file(vault))
        return
    status = choose.status_of_system()
    choose.require_usable(status)
    if status.locked:
        raise KeychainLockedError("the keychain is locked")
    rows = [*vault.metadata.list(), *(row.metadata for row in vault.metadata.unfinished(with_damaged=True))]
    keychain = choose.open_system()
    try:
        for account in (*(row.account for row in rows), f"vault:{vault.metadata.setting('vault_id')}"):
            keychain.delete(account)
    finally:
        keychain.close()


def _secrets_file(vault: Vault) -> Path:
    return vault.settings.home / opening.SECRETS_FILE


def rekey(vault: Vault, keys: NewKeys) -> Rekey:
    """Seal everything anew so that exactly these keys open the vault, and no recovery code.

    Raises `UsageError` (1022) for a vault that is not in the encrypted file.
    """
    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    store = encrypted_file(vault)
    vault.confirm_presence("change what opens the vault")
    with keys.sources(vault.settings) as sources, vault.lock, recorded_first(vault, Action.REKEY):
        settings = replace(vault.settings, key_file=keys.key_file)
        before = store.slots()
        opening.announce_key_file(vault.metadata, settings)
        count = store.rekey(sources)
        with vault.metadata.transaction():
            opening.remember_key_file(vault.metadata, settings)
        forget_items(before)
    codes = sum(slot.kind == "recovery" for slot in before)
    return Rekey(count - 1, codes)  # one is the audit log's key
