"""Changing what opens a vault in an encrypted file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.settings import expand_path

if TYPE_CHECKING:
    from pondpilot_secrets import NewKeys
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class RekeyRequest(Request["RekeyResult"]):
    """The keys that open the encrypted file from now on, and no others; a passphrase is asked for through the session."""

    key_file: str | None = None
    passphrase: bool = False
    keychain: bool = False


@dataclass(frozen=True, slots=True)
class RekeyResult:
    """How many items were encrypted again, what opens the vault, and how many recovery codes are void since."""

    items: int
    opens_with: tuple[str, ...]
    void_codes: int


def rekey(session: Session, request: RekeyRequest) -> RekeyResult:
    """Encrypt a vault under other keys; raises as `SecretsManager.rekey` does."""
    done = session.manager.rekey(new_keys(session, request.key_file, request.passphrase, request.keychain))
    return RekeyResult(done.items, session.manager.key_slots().opens_with, done.void_codes)


def new_keys(session: Session, key_file: str | None, passphrase: bool, keychain: bool) -> NewKeys:
    """Return the keys that a request names."""
    from pondpilot_secrets import NewKeys

    path = None if key_file is None else expand_path(key_file).absolute()
    return NewKeys(path, session.ask_passphrase if passphrase else None, keychain)
