"""Moving every credential of a vault to another store, so that a crash at any point loses none.

Copy all, read all back and compare, then switch the vault over in one transaction, and only then empty the old store. Until
the switch the old store is the vault's; after it the new one is, and the name of the old one is kept until that is empty.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import CredentialAlteredError, SecretError, UsageError
from pondpilot_secrets.keychain import choose
from pondpilot_secrets.manager import opening
from pondpilot_secrets.manager.new_keys import NewKeys, forget_items, sealed_store
from pondpilot_secrets.manager.writing import recover
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.settings import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.manager.opening import Passphrase
    from pondpilot_secrets.manager.vault import Vault

MOVING_FROM = "moving_from"
"""The setting that names a store which still holds what was moved out of it."""

AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Migration:
    """What was moved: how many credentials, from which store to which, and the names of those that were lost before."""

    moved: int
    source: str
    target: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """How many items were sealed anew, and how many recovery codes are void since."""

    items: int
    void_codes: int


def migrate(
    vault: Vault, target: Store, passphrase: Passphrase, progress: Callable[[int, int], None] | None = None
) -> Migration:
    """Move every credential to `target`, or finish a move that was interrupted while it emptied the old store.

    `passphrase` is that of a new sealed store. Raises `UsageError` (1022) for a store that the vault is in already, and
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
        old, new = vault.keychain, _target(vault, target, passphrase)
        try:
            missing = _copy(old, new, list(accounts), progress)
            with vault.metadata.transaction():
                vault.metadata.set_setting("store", target)
                vault.metadata.set_setting("store_reason", f"it was moved there from the {source} store")
                vault.metadata.set_setting(MOVING_FROM, source)
                opening.remember_key_file(vault.metadata, vault.settings if target is Store.SEALED else None)
                vault.record([AuditEntry(Action.MIGRATE, detail=f"{source} to {target}")])
        finally:
            new.close()
            if target is Store.SEALED and vault.metadata.setting("store") != target:
                _remove_sealed(vault)  # no second copy of the credentials is left by a move that failed
        with _said_to_be_moved(source, target):
            _empty(vault, old, list(accounts))
    names = tuple(accounts[account] for account in missing if accounts[account])
    return Migration(len(accounts) - 1 - len(names), source, target, names)  # one is the audit log's key


def _target(vault: Vault, target: Store, passphrase: Passphrase) -> KeychainProvider:
    if target is Store.SEALED:
        from pondpilot_secrets.keychain.sealed import SealedStore

        path = _remove_sealed(
            vault
        )  # what an interrupted move left; the vault knows that its credentials are elsewhere
        return SealedStore.create(path, opening.key_sources(vault.settings, passphrase, new=True))
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
                raise CredentialAlteredError(
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


def _finish(vault: Vault, target: Store) -> Migration:
    source = vault.metadata.setting(MOVING_FROM)
    if source is None:
        raise UsageError(f"the secrets are in the {target} store already")
    accounts = [row.account for row in vault.metadata.list()]
    accounts.append(f"vault:{vault.metadata.setting('vault_id')}")
    old = None if source == Store.SEALED else choose.open_system()
    _empty(vault, old, accounts)
    return Migration(0, source, target)


@contextlib.contextmanager
def _said_to_be_moved(source: str, target: str) -> Iterator[None]:
    """Whoever reads only of an error must know that the vault is in its new store already."""
    try:
        yield
    except SecretError as error:
        error.message = f"the credentials were moved, but the {source} store is not emptied yet: {error.message}"
        error.args = (error.message,)
        error.hint = f"mend that ({error.hint or 'see above'}), then finish with `pond vault migrate --to {target}`"
        raise


def _empty(vault: Vault, old: KeychainProvider | None, accounts: Sequence[str]) -> None:
    """Take everything out of the store that was left, and forget that there was one."""
    if old is not None and old.name != Store.SEALED:
        for account in accounts:
            old.delete(account)
    vault.let_go_of_keychain()
    if vault.metadata.setting(MOVING_FROM) == Store.SEALED:
        _remove_sealed(vault)
    vault.metadata.set_setting(MOVING_FROM, None)


def _remove_sealed(vault: Vault) -> Path:
    """Delete the sealed file of a vault whose credentials are elsewhere; returns where it was."""
    from pondpilot_secrets.keychain.sealed import SealedStore

    path = vault.settings.home / opening.SEALED_FILE
    SealedStore.remove(path)
    return path


def rekey(vault: Vault, keys: NewKeys) -> Rekeyed:
    """Seal everything anew so that exactly these keys open the vault, and no recovery code.

    Raises `UsageError` (1022) for a vault that is not in the sealed store.
    """
    vault.require(Grant.EXPORT)
    store = sealed_store(vault)
    vault.confirm_presence("change what opens the vault")
    with keys.sources(vault.settings) as sources, vault.lock:
        before = store.slots()
        count = store.rekey(sources)
        opening.remember_key_file(vault.metadata, replace(vault.settings, key_file=keys.key_file))
        vault.record([AuditEntry(Action.REKEY)])
        forget_items(before)
    codes = sum(slot.kind == "recovery" for slot in before)
    return Rekeyed(count - 1, codes)  # one is the audit log's key
