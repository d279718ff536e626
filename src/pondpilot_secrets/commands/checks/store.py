"""Checks of the store: the keychain, the encrypted file, and the keys that open it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.checks.file_modes import open_to_others
from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.settings import AUTO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pondpilot_secrets import VaultStatus
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.keychain.base import KeychainStatus

KEYS = {"passphrase": "a passphrase", "file": "a key file", "keychain": "the system's keychain"}


def store(session: Session) -> Iterator[CheckOutcome]:
    """Where are credentials stored, why there, and can they be read right now?"""
    from pondpilot_secrets.keychain import registry
    from pondpilot_secrets.keychain.store_choice import choose_store
    from pondpilot_secrets.keychain.store_kind import Capability, StoreContext
    from pondpilot_secrets.keychain.system_store import SystemStore

    settings, system = session.settings, SystemStore()
    context = StoreContext(settings.home)
    vault = session.manager.vault_status() if session.has_vault else None
    remembered = None if vault is None else vault.store
    chosen = remembered or (None if settings.store == AUTO else settings.store)
    yield _keychain(system.status(), is_needed=chosen == system.name, is_other=chosen not in (None, system.name))
    if vault is None or remembered is None:
        choice = choose_store(settings.store, context)
        yield CheckOutcome("store", Health.OK, f"a new vault would be {choice.kind.name}: {choice.reason}")
        return
    yield CheckOutcome("store", Health.OK, f"{remembered}, because {vault.reason}")
    if settings.store not in (AUTO, remembered):
        yield CheckOutcome(
            "store",
            Health.BROKEN,
            f"POND_STORE says {settings.store}, but the secrets are in the {remembered} store",
            f"unset POND_STORE, or `pond vault move --to {settings.store}`",
        )
    if vault.moving_from:
        hint = f"complete it: `pond vault move --to {remembered}`"
        yield CheckOutcome("store", Health.WARNING, f"a move from the {vault.moving_from} store was interrupted", hint)
    kind = registry.get(remembered)
    if kind.can(Capability.KEY_SLOTS):
        yield from _encrypted_file(session, vault)
    elif remembered != system.name:
        yield _other_store(kind.status(context))


def _other_store(status: KeychainStatus) -> CheckOutcome:
    if status.usable:
        return CheckOutcome("store", Health.OK, f"{status.description} answers and is unlocked")
    return CheckOutcome("store", Health.BROKEN, f"{status.description}: {status.reason}", status.hint)


def _keychain(status: KeychainStatus, *, is_needed: bool, is_other: bool) -> CheckOutcome:
    health = Health.BROKEN if is_needed else Health.WARNING
    if is_other and not status.usable:
        return CheckOutcome("keychain", Health.OK, f"not needed: {status.reason or 'it is locked'}")
    if not status.available:
        return CheckOutcome("keychain", health, status.reason or "no keychain answers", status.hint)
    if status.locked:
        reason = f"{status.description} is locked" + (f": {status.reason}" if status.reason else "")
        return CheckOutcome("keychain", health, reason, status.hint or "`pond vault unlock`")
    return CheckOutcome("keychain", Health.OK, f"{status.description} answers and is unlocked")


def _encrypted_file(session: Session, vault: VaultStatus) -> Iterator[CheckOutcome]:
    settings, slots = session.settings, session.manager.key_slots()
    kinds = slots.opens_with
    yield CheckOutcome("encrypted file", Health.OK, "opens with " + " or ".join(KEYS.get(kind, kind) for kind in kinds))
    if slots.recovery_codes:
        yield CheckOutcome("recovery codes", Health.OK, f"{slots.recovery_codes} are left")
    health = Health.BROKEN if len(set(kinds)) == 1 else Health.WARNING
    if "file" in kinds and vault.key_file is None:
        yield CheckOutcome("key file", health, "no key file is named", "set POND_KEY_FILE to the vault's key file")
    elif "file" in kinds and vault.key_file is not None:
        named_by = "the vault remembers" if settings.key_file is None else "POND_KEY_FILE names"
        yield _key("key file", named_by, vault.key_file, health, health)
    if "passphrase" in kinds and settings.passphrase_file is not None:
        names = "POND_PASSPHRASE_FILE names"
        yield _key("passphrase file", names, settings.passphrase_file, health, Health.WARNING)


def _key(subject: str, named_by: str, path: Path, unreadable: Health, shared: Health) -> CheckOutcome:
    if not path.is_file() or not os.access(path, os.R_OK):
        hint = "put it back from a copy, or name the right one"
        return CheckOutcome(subject, unreadable, f"{named_by} {path}, which cannot be read", hint)
    if open_to_others(path):
        return CheckOutcome(subject, shared, f"others can read {path}", f"chmod 600 '{path}'")
    return CheckOutcome(subject, Health.OK, f"{path}, closed to others")
