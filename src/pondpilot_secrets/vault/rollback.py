"""Taking back a write that failed half-way, so that what was refused is wholly absent; or saying that it is incomplete.

A disk that fills up between the two stores, a keychain that locks: the items are put back as they were, and the rows with
them. Where not even that can be done now, the error says so, and crash recovery completes it or rolls it back.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.unit_of_work import Work


@contextlib.contextmanager
def saving(work: Work, saved: Sequence[SecretMetadata]) -> Iterator[None]:
    """Announce new secrets, and take them back when the block fails.

    A row that is marked for deletion, or whose item is gone, crash recovery drops.
    """
    ids = [metadata.id for metadata in saved]
    work.metadata.insert_pending(saved)

    def undo() -> bool:
        marked = _attempt(lambda: work.metadata.mark_deleting(ids))
        gone = _attempt(lambda: _restore(work, saved, {}))
        if marked and gone:
            _attempt(lambda: work.metadata.remove(ids))
        return marked or gone

    with work.rollback(saved, undo):
        yield


@contextlib.contextmanager
def updating(work: Work, new: SecretMetadata) -> Iterator[None]:
    """Announce an edit, and put the old item back when the block fails.

    Where the old item cannot be read, or another edit waits to be completed, nothing is begun. Crash recovery abandons an
    edit that its item does not hold.
    """
    with _snapshot(work, [new]) as before:
        work.metadata.begin_update(new)

        def undo() -> bool:
            restored = _attempt(lambda: _restore(work, [new], before))
            if restored:
                _attempt(lambda: work.metadata.roll_back_update(new.id))
            return restored

        with work.rollback([new], undo):
            yield


@contextlib.contextmanager
def deleting(work: Work, doomed: Sequence[SecretMetadata]) -> Iterator[None]:
    """Announce a deletion, and put items and rows back when the block fails; nothing is begun where they cannot be read."""
    ids = [metadata.id for metadata in doomed]
    with _snapshot(work, doomed) as before:
        work.metadata.mark_deleting(ids)

        def undo() -> bool:
            return _attempt(lambda: _restore(work, doomed, before)) and _attempt(
                lambda: work.metadata.unmark_deleting(ids)
            )

        with work.rollback(doomed, undo):
            yield


@contextlib.contextmanager
def _snapshot(work: Work, secrets: Sequence[SecretMetadata]) -> Iterator[dict[str, bytearray]]:
    before = work.store.provider.get_many([metadata.account for metadata in secrets])
    try:
        yield before
    finally:
        for item in before.values():
            wipe(item)


def _restore(work: Work, secrets: Sequence[SecretMetadata], before: Mapping[str, bytearray]) -> None:
    provider, accounts = work.store.provider, [metadata.account for metadata in secrets]
    now = provider.get_many(accounts)
    try:
        for account in now.keys() - before.keys():
            provider.delete(account)
        lost = {account: item for account, item in before.items() if now.get(account) != item}
        if lost:
            provider.set_many(lost)
    finally:
        for item in now.values():
            wipe(item)


def _attempt(step: Callable[[], object]) -> bool:
    try:
        step()
    except SecretError as error:
        log.info("vault", "a step of a rollback failed: %s", error.message)
        return False
    return True
