"""Which store a new vault gets, and why: the system's keychain where it answers, else the encrypted file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import PlatformNotSupportedError, UsageError
from pondpilot_secrets.keychain import registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.keychain.base import KeychainProvider, KeychainStatus
    from pondpilot_secrets.keychain.store_kind import StoreContext, StoreKind

from pondpilot_secrets.settings import AUTO


@dataclass(frozen=True, slots=True)
class StoreChoice:
    """The store that was chosen, a sentence that says why, and whether it was asked for by name."""

    kind: StoreKind
    reason: str
    asked_for: bool = False

    def create(self, context: StoreContext) -> KeychainProvider:
        """Make the store; raises as `StoreKind.create` does, and says why this store where nobody asked for it."""
        try:
            return self.kind.create(context)
        except UsageError as error:
            if self.asked_for:
                raise
            # Somebody who never asked for an encrypted file wonders why one wants a passphrase.
            message = f"{self.reason}, so the secrets would be kept in {self.kind.label}; {error.message}"
            raise UsageError(message, hint=error.hint) from None


def choose_store(name: str, context: StoreContext, stores: Sequence[StoreKind] = registry.STORES) -> StoreChoice:
    """Choose the store of that name, or for `auto` the first of the stores that can be used; asks nobody.

    Raises `UsageError` (1022) for a name that no store has, `PlatformNotSupportedError` (1004) where the store that was
    asked for does not answer.
    """
    if name != AUTO:
        kind = registry.get(name)
        status = kind.status(context)
        if not status.available:
            raise PlatformNotSupportedError(f"{kind.label} does not answer: {status.reason}", hint=status.hint)
        return StoreChoice(kind, "it was asked for", asked_for=True)
    passed_over: list[str] = []
    for kind in (kind for kind in stores if kind.automatic):
        status = kind.status(context)
        reason = _reason_for(kind, status)
        if reason is not None:
            return StoreChoice(kind, "; ".join(passed_over) or reason)
        passed_over.append(_reason_against(kind, status))
        log.debug("keychain", "the store %s is passed over: %s", kind.name, passed_over[-1])
    raise PlatformNotSupportedError(f"no store can be used here: {'; '.join(passed_over)}")


def _reason_for(kind: StoreKind, status: KeychainStatus) -> str | None:
    if status.usable:
        return f"{status.description} answers and is unlocked"
    if status.available and kind.can_prompt():
        return f"{status.description} answers, and can ask for its password"
    return None


def _reason_against(kind: StoreKind, status: KeychainStatus) -> str:
    if status.available:
        return f"{status.description} is locked, and nobody here could answer its prompt"
    return f"{kind.label} does not answer: {status.reason}"
