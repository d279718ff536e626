"""Taking back a write that failed half-way, so that what was refused is wholly absent; or saying that it is not settled.

A disk that fills up between the two stores, a keychain that locks: the items are put back as they were, and the rows with
them. Where not even that can be done now, the error says so, and the next writer finishes or undoes it (`writing.recover`).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.vault import Vault


@contextlib.contextmanager
def save_undone(vault: Vault, saved: Sequence[SecretMetadata]) -> Iterator[None]:
    """Take new secrets back when the block fails: a row that is marked, or whose item is gone, the next recovery drops."""

    ids = [metadata.id for metadata in saved]

    def undo() -> bool:
        marked = _worked(lambda: vault.metadata.mark_deleting(ids))
        gone = _worked(lambda: _restore(vault, saved, {}))
        if marked and gone:
            _worked(lambda: vault.metadata.remove(ids))
        return marked or gone

    with _undone(saved, undo):
        yield


@contextlib.contextmanager
def update_undone(vault: Vault, new: SecretMetadata) -> Iterator[None]:
    """Announce an edit, and put the old item back when the block fails.

    Where the old item cannot be read, or another edit waits to be settled, nothing is begun. The next recovery abandons an
    edit that its item does not hold.
    """
    with _kept(vault, [new]) as before:
        vault.metadata.begin_update(new)

        def undo() -> bool:
            restored = _worked(lambda: _restore(vault, [new], before))
            if restored:
                _worked(lambda: vault.metadata.abandon_update(new.id))
            return restored

        with _undone([new], undo):
            yield


@contextlib.contextmanager
def delete_undone(vault: Vault, doomed: Sequence[SecretMetadata]) -> Iterator[None]:
    """Announce a deletion, and put items and rows back when the block fails; nothing is begun where they cannot be read."""
    with _kept(vault, doomed) as before:
        vault.metadata.mark_deleting([metadata.id for metadata in doomed])

        def undo() -> bool:
            return _worked(lambda: _restore(vault, doomed, before)) and _worked(
                lambda: vault.metadata.unmark_deleting([metadata.id for metadata in doomed])
            )

        with _undone(doomed, undo):
            yield


@contextlib.contextmanager
def _undone(secrets: Sequence[SecretMetadata], undo: Callable[[], bool]) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if not undo() and isinstance(error, SecretError):
            names = ", ".join(repr(metadata.name) for metadata in secrets[:3]) + (", …" if len(secrets) > 3 else "")
            error.message += f"; what was to be done with {names} is not settled"
            error.args = (error.message,)
            error.hint = f"{error.hint or 'mend that first'}; the next command that writes finishes or undoes it"
        raise


@contextlib.contextmanager
def _kept(vault: Vault, secrets: Sequence[SecretMetadata]) -> Iterator[dict[str, bytearray]]:
    before = vault.keychain.get_many([metadata.account for metadata in secrets])
    try:
        yield before
    finally:
        for item in before.values():
            wipe(item)


def _restore(vault: Vault, secrets: Sequence[SecretMetadata], before: Mapping[str, bytearray]) -> None:
    accounts = [metadata.account for metadata in secrets]
    now = vault.keychain.get_many(accounts)
    try:
        for account in now.keys() - before.keys():
            vault.keychain.delete(account)
        lost = {account: item for account, item in before.items() if now.get(account) != item}
        if lost:
            vault.keychain.set_many(lost)
    finally:
        for item in now.values():
            wipe(item)


def _worked(step: Callable[[], object]) -> bool:
    try:
        step()
    except SecretError:
        return False
    return True
