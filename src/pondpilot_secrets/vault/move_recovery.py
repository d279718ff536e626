"""Emptying the store that a move left copies in: before the switch the new one, after it the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError

if TYPE_CHECKING:
    from pondpilot_secrets.vault.unit_of_work import Work
    from pondpilot_secrets.vault.vault_state import VaultState


class MoveRecovery:
    """The recovery step for a move to another store, which is also how a move ends."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def is_pending(self) -> bool:
        """Whether a move was begun and not ended."""
        return self._state.is_moving()

    def run(self, work: Work) -> None:
        """Empty each store that is not the vault's and may hold copies.

        One that does not answer, or that would have to ask somebody, is left for the next time.
        """
        for store in work.state.stores_with_copies():
            try:
                _empty(work, store)
            except SecretError as error:
                log.info("vault", "the %s store keeps its copies for now: %s", store, error.message)


def _empty(work: Work, store: str) -> None:
    from pondpilot_secrets.keychain import registry

    log.info("vault", "the %s store is emptied: an interrupted move left copies in it", store)
    unfinished = work.metadata.incomplete_writes(with_corrupt=True)
    rows = [*work.metadata.list(), *(row.metadata for row in unfinished)]
    accounts = [row.account for row in rows] + [f"vault:{work.state.vault_id}"]
    registry.get(store).destroy(work.store.context(), accounts)
    work.state.forget_copies(store)
