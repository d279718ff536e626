"""Checks of the vault: its folder, its database, and what expires."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.checks.file_modes import open_to_others
from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.models import expiry_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata

SOON_IN_DAYS = 7

MOST_NAMED = 3


def vault_folder(session: Session) -> Iterator[CheckOutcome]:
    """Is it there, and closed to others?"""
    home = session.settings.home
    if not home.exists():
        yield CheckOutcome("vault folder", Health.OK, f"{home} will be made at first use")
        return
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        hint = "set POND_HOME to a folder of yours"
        yield CheckOutcome("vault folder", Health.BROKEN, f"{home} cannot be written to", hint)
        return
    names = ", ".join(path.name for path in (home, *home.iterdir()) if open_to_others(path))
    if names:
        message = f"others can read {names} in {home}"
        yield CheckOutcome("vault folder", Health.WARNING, message, f"chmod -R go= '{home}'")
    else:
        yield CheckOutcome("vault folder", Health.OK, f"{home}, closed to others")


def database(session: Session) -> Iterator[CheckOutcome]:
    """Does the metadata open, is all of it as it was written, and did a crash leave anything?"""
    if not session.has_vault:
        yield CheckOutcome("database", Health.OK, "no vault yet: it is made at first use")
        return
    outcomes = list(_corruption(session))
    if outcomes:
        yield from outcomes
        return
    status = session.manager.vault_status()
    yield CheckOutcome("database", Health.OK, f"{status.secrets} secrets, nothing damaged")
    if status.unfinished:
        yield CheckOutcome(
            "database",
            Health.WARNING,
            f"{status.unfinished} writes were interrupted",
            "the next command that opens the store completes them or rolls them back: `pond vault unlock`",
        )


def _corruption(session: Session) -> Iterator[CheckOutcome]:
    from pondpilot_secrets.metadata import files

    path = session.settings.home / "metadata.db"
    unreadable, corrupt, unindexed = session.manager.find_corruption()
    if unreadable:
        error = files.corrupt_file(path, "; ".join(unreadable))
        yield CheckOutcome("database", Health.BROKEN, error.message, error.hint)
    if corrupt:
        error = files.corrupt_rows(path, _names(corrupt))
        yield CheckOutcome("database", Health.BROKEN, error.message, error.hint)
    if unindexed:
        message = f"searches and tags do not find {_names(unindexed)}"
        yield CheckOutcome("database", Health.BROKEN, message, "`pond vault repair` rebuilds the indexes")


def _names(secrets: Sequence[SecretMetadata]) -> str:
    more = f" and {len(secrets) - MOST_NAMED} more" if len(secrets) > MOST_NAMED else ""
    return ", ".join(repr(secret.name) for secret in secrets[:MOST_NAMED]) + more


def expiry(session: Session) -> Iterator[CheckOutcome]:
    """Has any secret expired, or will one soon?"""
    if not session.has_vault:
        return
    now = datetime.now(UTC)
    for secret in session.manager.list_secrets():
        if secret.expires_at is not None and secret.expires_at < now + timedelta(days=SOON_IN_DAYS):
            health = Health.BROKEN if secret.expires_at <= now else Health.WARNING
            words = f"{secret.name} {expiry_in_words(secret.expires_at, now)}"
            yield CheckOutcome("expiry", health, words, f"`pond rotate {secret.name}`")
