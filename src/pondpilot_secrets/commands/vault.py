"""Looking after a vault: where its credentials rest, what opens it, and moving it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.settings import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.keychain.base import KeychainStatus
    from pondpilot_secrets.vault.opening import Passphrase
    from pondpilot_secrets.vault.store_move import Migration

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
    from pondpilot_secrets.vault import opening
    from pondpilot_secrets.vault.vault import MOVING_FROM

    del request
    session.require(Grant.LIST)
    metadata = session.manager.vault.metadata
    store = metadata.setting("store")
    reason = metadata.setting("store_reason") or ""
    if store is None:
        choice = opening.choose_store(session.settings)
        reason = f"a new vault would be {choice.store}: {choice.reason}"
    opens_with, codes = _ways_in(session, store)
    return StatusResult(
        home=str(session.settings.home),
        store=store,
        reason=reason,
        created_at=metadata.setting("created_at"),
        secrets=metadata.count(),
        unfinished=len(metadata.unfinished()),
        opens_with=opens_with,
        keychain=choose.status_of_system(),
        moving_from=metadata.setting(MOVING_FROM),
        recovery_codes=codes,
    )


def _ways_in(session: Session, store: str | None) -> tuple[tuple[str, ...], int]:
    """The kinds of keys that open a vault in an encrypted file, each once, and how many recovery codes do."""
    if store != Store.FILE:
        return (), 0
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile
    from pondpilot_secrets.vault.opening import SECRETS_FILE

    kinds = EncryptedFile.kinds_of_slots(session.settings.home / SECRETS_FILE)
    return tuple(dict.fromkeys(kind for kind in kinds if kind != "recovery")), kinds.count("recovery")


@dataclass(frozen=True, slots=True)
class InitRequest:
    """Make the vault that the session's settings describe."""


def init(session: Session, request: InitRequest) -> StatusResult:
    """Make a vault; raises `UsageError` (1022) where there is one, and the errors of its store."""
    del request
    session.require(Grant.WRITE)
    vault = session.manager.vault
    store = vault.metadata.setting("store")
    if store is not None:
        raise UsageError(
            f"there is a vault in {session.settings.home} already, in the {store} store",
            hint="`pond vault status` tells about it; `pond vault migrate` moves it to another store",
        )
    _ = vault.audit  # opens the store, which makes it
    return status(session, StatusRequest())


@dataclass(frozen=True, slots=True)
class UnlockRequest:
    """Nothing needs to be said."""


def unlock(session: Session, request: UnlockRequest) -> StatusResult:
    """Unlock the keychain, asking whoever must be asked; for a vault in an encrypted file, try that its key opens it."""
    del request
    session.require(Grant.USE)
    session.manager.vault.keychain.unlock()
    return status(session, StatusRequest())


@dataclass(frozen=True, slots=True)
class MigrateRequest:
    """The store to move to: `system` or `file`."""

    to: str


def migrate(session: Session, request: MigrateRequest, progress: Progress | None = None) -> Migration:
    """Move every credential to another store; see `manager.migrating.migrate` for the errors."""
    from pondpilot_secrets.vault import store_move

    if request.to not in (Store.SYSTEM, Store.FILE):
        raise UsageError("credentials can be moved to the system store or to the sealed one")
    return store_move.migrate(session.manager.vault, Store(request.to), session.passphrase, progress)


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
    """Seal a vault anew under other keys; see `manager.migrating.rekey` for the errors."""
    from pondpilot_secrets.vault import store_move
    from pondpilot_secrets.vault.new_keys import NewKeys

    keys = NewKeys(request.key_file, request.passphrase, request.keychain)
    done = store_move.rekey(session.manager.vault, keys)
    return RekeyResult(done.items, _ways_in(session, Store.FILE)[0], done.void_codes)
