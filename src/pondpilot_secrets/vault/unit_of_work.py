"""Changing a vault: the only module that takes its write lock.

The store and the audit log are opened before the lock is taken, because opening may ask a person; then the lock is taken,
and what dead writers left is finished or rolled back. So every thread takes these three in one order, and none waits for
another for ever.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError, VaultBusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from pondpilot_secrets.access.audit import AuditLog
    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.metadata.write_lock import WriteLock
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.audit_trail import AuditTrail
    from pondpilot_secrets.vault.credential_items import CredentialItems
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.vault_state import VaultState


@dataclass(frozen=True, slots=True)
class Work:
    """What a writer works with while it holds the write lock."""

    metadata: MetadataStore
    state: VaultState
    store: SecretStore
    items: CredentialItems
    trail: AuditTrail

    def audited(self) -> AbstractContextManager[AuditLog]:
        """Give the log, and a transaction for a `with` block: what is done and its record are kept or lost as one."""
        return self.trail.transaction()

    @contextlib.contextmanager
    def rollback(self, secrets: Sequence[SecretMetadata], undo: Callable[[], bool]) -> Iterator[None]:
        """Call `undo` when the `with` block fails; where it returns False, the error says that a change is incomplete."""
        try:
            yield
        except BaseException as error:
            if undo():
                log.info("vault", "a change to %d secrets was rolled back: %s", len(secrets), type(error).__name__)
            elif isinstance(error, SecretError):
                names = ", ".join(repr(metadata.name) for metadata in secrets[:3]) + (", …" if len(secrets) > 3 else "")
                error.message += f"; the change to {names} is incomplete"
                error.args = (error.message,)
                hint = "the next command that writes completes it or rolls it back"
                error.hint = f"{error.hint or 'solve that first'}; {hint}"
            raise


class RecoveryStep(Protocol):
    """Finishes or rolls back one kind of thing that a dead process left."""

    def is_pending(self) -> bool:
        """Whether there is anything to do, which must be cheap to tell."""
        ...

    def run(self, work: Work) -> None:
        """Do what can be done now; what the store refuses (it is locked, say) is left for the next time."""
        ...


class UnitOfWork:
    """Gives one caller the vault to change, with nobody else changing it. Safe between threads and processes."""

    def __init__(
        self,
        lock: WriteLock,
        metadata: MetadataStore,
        state: VaultState,
        store: SecretStore,
        items: CredentialItems,
        trail: AuditTrail,
        recovery_steps: Sequence[RecoveryStep] = (),
    ) -> None:
        self._lock = lock
        self._work = Work(metadata, state, store, items, trail)
        self._recovery_steps = recovery_steps

    @contextlib.contextmanager
    def begin(self) -> Iterator[Work]:
        """Open the vault, take the write lock, recover from crashes, and give what a writer works with.

        Raises `VaultBusyError` (1021) where another writer does not end in time, and what opening a store raises.
        """
        self.open()
        with self._lock:
            self._work.store.check_unchanged()
            for step in self._recovery_steps:
                step.run(self._work)
            yield self._work

    def open(self) -> None:
        """Open store and log, making a new vault; may ask a person. Costs nothing when they are open.

        The first opening recovers from crashes too, unless another process is writing, which then does it.
        """
        work = self._work
        if work.store.is_open and work.trail.is_open:
            return
        self.open_store()
        if not work.trail.has_key():
            with self._lock:
                work.trail.make_key()
        self._recover_unless_busy()

    def open_store(self) -> None:
        """Open the store alone, making a new vault; may ask a person."""
        work = self._work
        if work.state.store is not None:
            _ = work.store.provider
            return
        with work.store.prepared() as new, self._lock:
            work.store.create(new)
            work.trail.make_key()

    def has_leftovers(self) -> bool:
        """Whether a dead process left anything to recover."""
        return any(step.is_pending() for step in self._recovery_steps)

    def open_unattended(self) -> None:
        """Recover from crashes, unless opening the store would have to ask somebody: then that waits until it is opened.

        So it does where the key is lost: secrets can be listed without, and a recovery code be given.
        """
        if self.has_leftovers() and self._work.store.opens_unattended():
            try:
                self.open()
            except SecretError as error:
                log.info("vault", "crash recovery waits until the store opens: %s", error.message)

    @contextlib.contextmanager
    def begin_without_log(self) -> Iterator[Work]:
        """Do what `begin` does for who restores a log that cannot be opened; nothing is recovered."""
        self.open_store()
        with self._lock:
            self._work.store.check_unchanged()
            yield self._work

    def _recover_unless_busy(self) -> None:
        if not self.has_leftovers() or self._work.metadata.database.read_only:
            return
        try:
            with self._lock.held(deadline=0):
                for step in self._recovery_steps:
                    step.run(self._work)
        except VaultBusyError:
            log.debug("vault", "crash recovery is left to the process that is writing")
