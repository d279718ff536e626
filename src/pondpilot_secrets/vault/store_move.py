"""Moving every credential of a vault to another store, so that a crash at any point loses none.

Copy all, read all back and compare, then switch the vault over in one transaction, and only then empty the old store. Until
the switch the old store is the vault's; after it the new one is. The name of the other is kept until that is empty, so that
`move_recovery` can empty it after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.errors import CredentialCorruptError, UsageError
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.keychain.store_kind import StoreContext, StoreKind
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.vault.guard import Guard
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.unit_of_work import RecoveryStep, UnitOfWork, Work
    from pondpilot_secrets.vault.vault_state import VaultState

    Progress = Callable[[int, int], None]

AT_ONCE = 200
"""Items that are copied and compared together."""


@dataclass(frozen=True, slots=True)
class StoreMove:
    """What was moved: how many credentials, from which store to which, and the names of those that were lost before."""

    moved: int
    source: str
    target: str
    missing: tuple[str, ...] = ()


class StoreMover:
    """Moves one vault. `emptying` is the recovery step that empties the store which is not the vault's."""

    def __init__(
        self, guard: Guard, unit: UnitOfWork, state: VaultState, store: SecretStore, emptying: RecoveryStep
    ) -> None:
        self._guard = guard
        self._unit = unit
        self._state = state
        self._store = store
        self._emptying = emptying

    def move(self, to: str, passphrase: Passphrase = None, progress: Progress | None = None) -> StoreMove:
        """Move every credential, or finish a move that was interrupted while it emptied the old store.

        `passphrase` is that of a new encrypted file. Raises `UsageError` (1022) for a store that the vault is in already,
        and the errors of both stores; until everything is copied, the vault stays as it was.
        """
        from pondpilot_secrets.keychain import registry

        target = registry.get(to)
        self._guard.require_rules_change()
        if self._state.store is None:
            raise UsageError("there is nothing to move: this vault is new", hint=f"`pond vault init --store {to}`")
        self._store.accept_any_store()
        interrupted = self._state.moving_from
        self._unit.open()
        self._guard.confirm_presence("move every credential to another store")
        if self._state.store == target.name:
            return self._finish(target.name, interrupted)
        with self._store.context_of_new(target, passphrase) as context, self._unit.begin() as work:
            source = work.state.store
            if source == target.name:
                raise UsageError(f"another process just moved the secrets to the {target.name} store")
            accounts = {row.account: row.name for row in work.metadata.list()}
            accounts[f"vault:{work.state.vault_id}"] = ""
            work.state.begin_move(target.name)
            try:
                missing = self._copy_and_switch(work, target, context, list(accounts), progress)
            except BaseException:
                self._emptying.run(work)
                raise
            self._emptying.run(work)
            _refuse_leftovers(work)
        names = tuple(accounts[account] for account in missing if accounts[account])
        return StoreMove(len(accounts) - 1 - len(names), str(source), target.name, names)  # one is the audit log's key

    def _copy_and_switch(
        self,
        work: Work,
        target: StoreKind,
        context: StoreContext,
        accounts: Sequence[str],
        progress: Progress | None,
    ) -> list[str]:
        old = work.store.provider
        new = target.create(context, replace=True)
        try:
            missing = _copy(old, new, accounts, progress)
            with work.audited() as log:
                reason = f"it was moved there from the {old.name} store"
                work.state.switch_store(target.name, reason, work.store.key_file_of(target))
                log.append([AuditEntry(Action.STORE_MOVE, detail=f"{old.name} to {target.name}")])
        except BaseException:
            new.close()
            raise
        work.store.use(target, new)
        return missing

    def _finish(self, target: str, interrupted: str | None) -> StoreMove:
        if interrupted is None:
            raise UsageError(f"the secrets are in the {target} store already")
        with self._unit.begin() as work:  # which empties the old store, for one: that is a recovery step
            _refuse_leftovers(work)
        return StoreMove(0, interrupted, target)


def _copy(
    old: KeychainProvider, new: KeychainProvider, accounts: Sequence[str], progress: Progress | None
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


def _refuse_leftovers(work: Work) -> None:
    left = work.state.moving_from
    if left is not None:
        raise UsageError(
            f"everything was moved, but the {left} store still holds copies, and cannot be emptied now",
            hint="make sure that the keychain is unlocked, then run the same command again: `pond doctor` shows it",
        )
