"""Looks at the vault: its folder, its database, its store, the keychain, and the clock."""

from __future__ import annotations

import os
import stat
import sys
import time
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.doctor import Finding, Health
from pondpilot_secrets.settings import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pondpilot_secrets import VaultStatus
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.keychain.base import KeychainStatus
    from pondpilot_secrets.metadata.integrity import Damage
    from pondpilot_secrets.models import SecretMetadata

BUILT = 1_790_000_000
"""A moment in September 2026 (Unix time): a clock before it is wrong."""

FUTURE = 60.0

SOON_IN_DAYS = 7

MOST_NAMED = 3


def vault_folder(session: Session) -> Iterator[Finding]:
    """Is it there, and closed to others?"""
    home = session.settings.home
    if not home.exists():
        yield Finding("vault folder", Health.OK, f"{home} will be made at first use")
        return
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        yield Finding(
            "vault folder", Health.BROKEN, f"{home} cannot be written to", "set POND_HOME to a folder of yours"
        )
        return
    open_to_others = [path for path in (home, *home.iterdir()) if _open_to_others(path)]
    if open_to_others:
        names = ", ".join(path.name for path in open_to_others)
        yield Finding("vault folder", Health.WARNING, f"others may look at {names} in {home}", f"chmod -R go= '{home}'")
    else:
        yield Finding("vault folder", Health.OK, f"{home}, closed to others")


def _open_to_others(path: Path) -> bool:
    return sys.platform != "win32" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def database(session: Session) -> Iterator[Finding]:
    """Does the metadata open, is all of it as it was written, and did a crash leave anything?"""
    if not (session.settings.home / "metadata.db").exists():
        yield Finding("database", Health.OK, "no vault yet: it is made at first use")
        return
    damage = session.manager.find_corruption()
    if damage:
        yield from _damaged(session.settings.home / "metadata.db", damage)
        return
    status = session.manager.vault_status()
    yield Finding("database", Health.OK, f"{status.secrets} secrets, nothing damaged")
    if status.unfinished:
        yield Finding(
            "database",
            Health.WARNING,
            f"{status.unfinished} writes were interrupted",
            "the next command that opens the store finishes or undoes them: `pond vault unlock`",
        )


def _damaged(path: Path, damage: Damage) -> Iterator[Finding]:
    from pondpilot_secrets.metadata import files

    if damage.broken:
        error = files.damaged(path, "; ".join(damage.broken))
        yield Finding("database", Health.BROKEN, error.message, error.hint)
    if damage.altered:
        error = files.altered(path, _named(damage.altered))
        yield Finding("database", Health.BROKEN, error.message, error.hint)
    if damage.astray:
        message = f"searches and tags do not lead to {_named(damage.astray)} as they should"
        yield Finding("database", Health.BROKEN, message, "`pond vault mend` makes anew what leads there")


def _named(secrets: Sequence[SecretMetadata]) -> str:
    more = f" and {len(secrets) - MOST_NAMED} more" if len(secrets) > MOST_NAMED else ""
    return ", ".join(repr(secret.name) for secret in secrets[:MOST_NAMED]) + more


def store(session: Session) -> Iterator[Finding]:
    """Where do credentials rest, why there, and can they be had right now?"""
    from pondpilot_secrets.keychain import choose

    status = choose.status_of_system()
    vault = session.manager.vault_status() if (session.settings.home / "metadata.db").exists() else None
    remembered = None if vault is None else vault.store
    wanted = remembered or (None if session.settings.store == Store.AUTO else str(session.settings.store))
    yield _keychain(status, wanted)
    if vault is None or remembered is None:
        choice = choose.choose_store(session.settings.store)
        yield Finding("store", Health.OK, f"a new vault would be {choice.store}: {choice.reason}")
        return
    yield Finding("store", Health.OK, f"{remembered}, because {vault.reason}")
    if session.settings.store not in (Store.AUTO, remembered):
        yield Finding(
            "store",
            Health.BROKEN,
            f"POND_STORE says {session.settings.store}, but the secrets are in the {remembered} store",
            f"unset POND_STORE, or `pond vault migrate --to {session.settings.store}`",
        )
    if vault.moving_from:
        hint = f"finish it: `pond vault migrate --to {remembered}`"
        yield Finding("store", Health.WARNING, f"a move from the {vault.moving_from} store was interrupted", hint)
    if remembered == Store.FILE:
        yield from _encrypted_file(session, vault)


def _keychain(status: KeychainStatus, store: str | None) -> Finding:
    trouble = Health.BROKEN if store == Store.SYSTEM else Health.WARNING
    if store == Store.FILE and not status.usable:
        return Finding("keychain", Health.OK, f"not needed: {status.reason or 'it is locked'}")
    if not status.available:
        return Finding("keychain", trouble, status.reason or "no keychain answers", status.hint)
    if status.locked:
        reason = f"{status.description} is locked" + (f": {status.reason}" if status.reason else "")
        return Finding("keychain", trouble, reason, status.hint or "`pond vault unlock`")
    return Finding("keychain", Health.OK, f"{status.description} answers and is unlocked")


def _encrypted_file(session: Session, vault: VaultStatus) -> Iterator[Finding]:
    settings, slots = session.settings, session.manager.key_slots()
    ways, codes = slots.opens_with, slots.recovery_codes
    names = {"passphrase": "a passphrase", "file": "a key file", "keychain": "the system's keychain"}
    yield Finding("encrypted file", Health.OK, "opens with " + " or ".join(names.get(way, way) for way in ways))
    if codes:
        yield Finding("recovery codes", Health.OK, f"{codes} are left")
    trouble = Health.BROKEN if len(set(ways)) == 1 else Health.WARNING
    if "file" in ways and vault.key_file is None:
        yield Finding("key file", trouble, "no key file is named", "set POND_KEY_FILE to the vault's key file")
    elif "file" in ways and vault.key_file is not None:
        named_by = "the vault remembers" if settings.key_file is None else "POND_KEY_FILE names"
        yield _key("key file", named_by, vault.key_file, trouble, trouble)
    if "passphrase" in ways and settings.passphrase_file is not None:
        yield _key("passphrase file", "POND_PASSPHRASE_FILE names", settings.passphrase_file, trouble, Health.WARNING)


def _key(subject: str, named_by: str, path: Path, unreadable: Health, open_to_others: Health) -> Finding:
    if not path.is_file() or not os.access(path, os.R_OK):
        hint = "put it back from a copy, or name the right one"
        return Finding(subject, unreadable, f"{named_by} {path}, which cannot be read", hint)
    if _open_to_others(path):
        return Finding(subject, open_to_others, f"others may read {path}", f"chmod 600 '{path}'")
    return Finding(subject, Health.OK, f"{path}, closed to others")


def clock(session: Session) -> Iterator[Finding]:
    """Is it right, as far as can be told without a network? Wrong clocks break signatures, TLS and expiry."""
    now = time.time()
    written = session.settings.home / "metadata.db"
    ahead = written.stat().st_mtime - now if written.exists() else 0.0
    today = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    if now < BUILT or ahead > FUTURE:
        yield Finding(
            "clock", Health.BROKEN, f"it says {today}, which has been already", "set the clock; S3 and TLS need it"
        )
    else:
        yield Finding("clock", Health.OK, today)


def expiry(session: Session) -> Iterator[Finding]:
    """Has any secret expired, or will one soon?"""
    if not (session.settings.home / "metadata.db").exists():
        return
    from datetime import UTC, datetime, timedelta

    from pondpilot_secrets.models import expiry_in_words

    now = datetime.now(UTC)
    for secret in session.manager.list_secrets():
        if secret.expires_at is not None and secret.expires_at < now + timedelta(days=SOON_IN_DAYS):
            health = Health.BROKEN if secret.expires_at <= now else Health.WARNING
            words = f"{secret.name} {expiry_in_words(secret.expires_at, now)}"
            yield Finding("expiry", health, words, f"`pond rotate {secret.name}`")


def presence(session: Session) -> Iterator[Finding]:
    """Would somebody be asked before a value is shown? Looked at without opening the store."""
    from pondpilot_secrets.access.presence import choose

    del session
    for check in choose.checks():
        status = check.available()
        if status.available:
            yield Finding("presence", Health.OK, f"{status.description} asks before a value is shown")
        else:
            yield Finding("presence", Health.OK, f"{check.name} cannot ask: {status.reason}", status.hint)


LOOKS = (vault_folder, database, store, presence, expiry, clock)
