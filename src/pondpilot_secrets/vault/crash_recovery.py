"""Completing or rolling back what dead writers left: the rows that say that a write was begun and not ended.

One writer at a time holds the write lock, so that such a row is always a dead writer's for who holds it now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.models import SecretState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pondpilot_secrets.metadata.store import IncompleteWrite, MetadataStore
    from pondpilot_secrets.vault.unit_of_work import Work


class CrashRecovery:
    """The recovery step for saves, edits and deletions."""

    def __init__(self, metadata: MetadataStore) -> None:
        self._metadata = metadata

    def is_pending(self) -> bool:
        """Whether any write was begun and not ended."""
        return self._metadata.has_incomplete_writes()

    def run(self, work: Work) -> None:
        """Complete or roll back each; what the store refuses now is left for the next time."""
        for rows in _groups(work.metadata.incomplete_writes()):
            try:
                _recover_group(work, rows)
            except SecretError as error:
                log.info("vault", "crash recovery of %d secrets waits: %s", len(rows), error.message)


def _groups(unfinished: Sequence[IncompleteWrite]) -> list[list[IncompleteWrite]]:
    """Group what is recovered as one: the secrets of a save, which has one moment; all else by itself."""
    groups: dict[datetime | str, list[IncompleteWrite]] = {}
    for row in unfinished:
        alone = row.metadata.state is not SecretState.PENDING
        groups.setdefault(row.metadata.id if alone else row.metadata.created_at, []).append(row)
    return list(groups.values())


def _recover_group(work: Work, rows: Sequence[IncompleteWrite]) -> None:
    state = rows[0].metadata.state
    proposed = [row.proposal or row.metadata for row in rows]
    log.info("vault", "crash recovery of %d secrets that were %s", len(rows), state)
    if state is SecretState.DELETING:
        _delete(work, rows)
    elif all(work.items.stored_revision(metadata) == metadata.revision for metadata in proposed):
        with work.audited() as audit:
            if state is SecretState.UPDATING:
                work.metadata.finish_update(proposed[0].id)
            else:
                work.metadata.mark_ready([metadata.id for metadata in proposed])
            audit.append([AuditEntry.of(Action.CRASH_RECOVERY, metadata) for metadata in proposed])
    elif state is SecretState.UPDATING:
        work.metadata.roll_back_update(proposed[0].id)
    else:
        for metadata in proposed:
            work.store.provider.delete(metadata.account)
        work.metadata.remove([metadata.id for metadata in proposed])


def _delete(work: Work, rows: Sequence[IncompleteWrite]) -> None:
    doomed = [row.metadata for row in rows]
    for metadata in doomed:
        work.store.provider.delete(metadata.account)
    with work.audited() as audit:
        work.metadata.remove([metadata.id for metadata in doomed])
        detail = "finished after a crash"
        audit.append([AuditEntry.of(Action.DELETE, metadata, detail=detail) for metadata in doomed])
