"""Looking after a vault: where its credentials rest, what opens it, and moving it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.grants import Grant

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pondpilot_secrets import StoreMove
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.keychain.base import KeychainStatus
    from pondpilot_secrets.models import Passphrase

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class StatusRequest:
    """Nothing needs to be said."""


@dataclass(frozen=True, slots=True)
class StatusResult:
    """Where a vault's credentials rest.

    Attributes:
        home: the vault's folder.
        store: `system` or `file`; None for a vault that has not been made yet.
        reason: why that store was chosen, or would be for a vault that is not made yet.
        created_at: when it was made, ISO 8601, or None.
        secrets: how many secrets there are.
        unfinished: how many writes a crash left to be finished at the next open.
        opens_with: the ways into a vault in an encrypted file: `passphrase`, `file`, `keychain`.
        keychain: what the system's keychain says of itself.
        moving_from: the store that an interrupted move has yet to empty, or None.
        recovery_codes: how many one-time codes are left that open a vault in an encrypted file.
    """

    home: str
    store: str | None
    reason: str
    created_at: str | None
    secrets: int
    unfinished: int
    opens_with: tuple[str, ...]
    keychain: KeychainStatus
    moving_from: str | None = None
    recovery_codes: int = 0


def status(session: Session, request: StatusRequest) -> StatusResult:
    """Say where credentials rest, without opening the store and without asking anybody."""
    from pondpilot_secrets.keychain import choose

    del request
    session.require(Grant.LIST)
    found = session.manager.vault_status()
    reason = found.reason or ""
    if found.store is None:
        choice = choose.choose_store(session.settings.store)
        reason = f"a new vault would be {choice.store}: {choice.reason}"
    slots = session.manager.key_slots()
    return StatusResult(
        home=str(found.home),
        store=found.store,
        reason=reason,
        created_at=found.created_at,
        secrets=found.secrets,
        unfinished=found.unfinished,
        opens_with=slots.opens_with,
        keychain=choose.status_of_system(),
        moving_from=found.moving_from,
        recovery_codes=slots.recovery_codes,
    )


@dataclass(frozen=True, slots=True)
class InitRequest:
    """Make the vault that the session's settings describe."""


def init(session: Session, request: InitRequest) -> StatusResult:
    """Make a vault; raises `UsageError` (1022) where there is one, and the errors of its store."""
    del request
    session.require(Grant.WRITE)
    session.manager.init_vault()
    return status(session, StatusRequest())


@dataclass(frozen=True, slots=True)
class UnlockRequest:
    """Nothing needs to be said."""


def unlock(session: Session, request: UnlockRequest) -> StatusResult:
    """Unlock the keychain, asking whoever must be asked; for a vault in an encrypted file, try that its key opens it."""
    del request
    session.require(Grant.USE)
    session.manager.unlock()
    return status(session, StatusRequest())


@dataclass(frozen=True, slots=True)
class MigrateRequest:
    """The store to move to: `system` or `file`."""

    to: str


def migrate(session: Session, request: MigrateRequest, progress: Progress | None = None) -> StoreMove:
    """Move every credential to another store; raises as `SecretsManager.move_store` does."""
    return session.manager.move_store(request.to, passphrase=session.passphrase, progress=progress)


@dataclass(frozen=True, slots=True)
class RekeyRequest:
    """The keys that are to open an encrypted file from now on, and no others; `passphrase` may be a function that asks."""

    key_file: Path | None = None
    passphrase: Passphrase = None
    keychain: bool = False


@dataclass(frozen=True, slots=True)
class RekeyResult:
    """How many items were sealed anew, what opens the vault, and how many recovery codes are void since."""

    items: int
    opens_with: tuple[str, ...]
    void_codes: int = 0


def rekey(session: Session, request: RekeyRequest) -> RekeyResult:
    """Seal a vault anew under other keys; raises as `SecretsManager.rekey` does."""
    from pondpilot_secrets import NewKeys

    keys = NewKeys(request.key_file, request.passphrase, request.keychain)
    done = session.manager.rekey(keys)
    return RekeyResult(done.items, session.manager.key_slots().opens_with, done.void_codes)
