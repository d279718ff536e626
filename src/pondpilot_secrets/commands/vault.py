"""Where a vault stores its credentials, making one, and unlocking it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class StatusRequest(Request["StatusResult"]):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class KeychainInfo:
    """What the system's keychain says of itself, and how to fix what keeps it from being used."""

    available: bool
    locked: bool
    description: str
    reason: str | None
    hint: str | None


@dataclass(frozen=True, slots=True)
class StatusResult:
    """Where a vault stores its credentials.

    Attributes:
        home: the vault's folder.
        store: the name of its store; None for a vault that has not been made yet.
        reason: why that store was chosen, or would be for a vault that is not made yet.
        created_at: when it was made, ISO 8601, or None.
        secrets: how many secrets there are.
        unfinished: how many writes a crash left to be finished at the next open.
        opens_with: the kinds of keys of an encrypted file: `passphrase`, `file`, `keychain`.
        keychain: what the system's keychain says of itself.
        moving_from: the store that an interrupted move has yet to empty, or None.
        recovery_codes: how many one-time codes are left that open an encrypted file.
    """

    home: str
    store: str | None
    reason: str
    created_at: str | None
    secrets: int
    unfinished: int
    opens_with: tuple[str, ...]
    keychain: KeychainInfo
    moving_from: str | None
    recovery_codes: int


def status(session: Session, request: StatusRequest) -> StatusResult:
    """Say where credentials are stored, without opening the store and without asking anybody."""
    from pondpilot_secrets.keychain.store_choice import choose_store
    from pondpilot_secrets.keychain.store_kind import StoreContext
    from pondpilot_secrets.keychain.system_store import SystemStore

    del request
    found = session.manager.vault_status()
    reason = found.reason or ""
    if found.store is None:
        choice = choose_store(session.settings.store, StoreContext(session.settings.home))
        reason = f"a new vault would be {choice.kind.name}: {choice.reason}"
    slots = session.manager.key_slots()
    keychain = SystemStore().status()
    return StatusResult(
        home=str(found.home),
        store=found.store,
        reason=reason,
        created_at=found.created_at,
        secrets=found.secrets,
        unfinished=found.unfinished,
        opens_with=slots.opens_with,
        keychain=KeychainInfo(
            keychain.available, keychain.locked, keychain.description, keychain.reason, keychain.hint
        ),
        moving_from=found.moving_from,
        recovery_codes=slots.recovery_codes,
    )


@dataclass(frozen=True, slots=True)
class InitRequest(Request["StatusResult"]):
    """The store of the new vault and the key file of an encrypted file; None is what the session's settings say."""

    store: str | None = None
    key_file: str | None = None


def init(session: Session, request: InitRequest) -> StatusResult:
    """Make a vault; raises `UsageError` (1022) where there is one, and the errors of its store."""
    with session.with_store(request.store, request.key_file) as own:
        own.manager.init_vault()
        return status(own, StatusRequest())


@dataclass(frozen=True, slots=True)
class UnlockRequest(Request["StatusResult"]):
    """No parameters."""


def unlock(session: Session, request: UnlockRequest) -> StatusResult:
    """Unlock the keychain, asking the person where it must; for an encrypted file, check that its key opens it."""
    del request
    session.manager.unlock()
    return status(session, StatusRequest())
