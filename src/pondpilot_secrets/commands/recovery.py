"""Getting back into a vault in an encrypted file whose keys are lost: one-time codes, made beforehand, and used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pondpilot_secrets.vault import recovery_codes
from pondpilot_secrets.vault.new_keys import NewKeys

if TYPE_CHECKING:
    from pathlib import Path

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.opening import Passphrase
    from pondpilot_secrets.vault.recovery_codes import Recovered


@dataclass(frozen=True, slots=True)
class MakeCodesRequest:
    """How many codes to make; 0 only makes the older ones void."""

    count: int = recovery_codes.CODES


@dataclass(frozen=True, slots=True)
class MakeCodesResult:
    """The codes, to be shown once and never kept by us; older ones are void. The caller closes them."""

    codes: tuple[SecureString, ...] = field(repr=False)


def make_codes(session: Session, request: MakeCodesRequest) -> MakeCodesResult:
    """Make one-time codes; see `manager.recovering.make_codes` for the errors."""
    return MakeCodesResult(tuple(recovery_codes.make_codes(session.manager.vault, request.count)))


@dataclass(frozen=True, slots=True)
class RecoverRequest:
    """A code, the keys that are to open the vault from now on, and the kinds of older keys that are not to any more."""

    code: SecureString = field(repr=False)
    key_file: Path | None = None
    passphrase: Passphrase = field(default=None, repr=False)
    keychain: bool = False
    drop: tuple[str, ...] = ()


def recover(session: Session, request: RecoverRequest) -> Recovered:
    """Open a vault with a code and give it new keys; see `manager.recovering.recover` for the errors."""
    keys = NewKeys(request.key_file, request.passphrase, request.keychain)
    return recovery_codes.recover(session.manager.vault, request.code, keys, drop=request.drop)
