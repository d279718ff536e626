"""Getting back into a vault in an encrypted file whose keys are lost: one-time codes, made beforehand, and used."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pondpilot_secrets import NewKeys

if TYPE_CHECKING:
    from pathlib import Path

    from pondpilot_secrets import CodeRecovery
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class MakeCodesRequest:
    """How many codes to make; 0 only makes the older ones void."""

    count: int = 8


@dataclass(frozen=True, slots=True)
class MakeCodesResult:
    """The codes, to be shown once and never kept by us; older ones are void. The caller closes them."""

    codes: tuple[SecureString, ...] = field(repr=False)


def make_codes(session: Session, request: MakeCodesRequest) -> MakeCodesResult:
    """Make one-time codes; raises as `SecretsManager.make_recovery_codes` does."""
    return MakeCodesResult(tuple(session.manager.make_recovery_codes(request.count)))


@dataclass(frozen=True, slots=True)
class RecoverRequest:
    """A code, the keys that are to open the vault from now on, and the kinds of older keys that are not to any more."""

    code: SecureString = field(repr=False)
    key_file: Path | None = None
    passphrase: Passphrase = field(default=None, repr=False)
    keychain: bool = False
    drop: tuple[str, ...] = ()


def recover(session: Session, request: RecoverRequest) -> CodeRecovery:
    """Open a vault with a code and give it new keys; raises as `SecretsManager.recover_with_code` does."""
    keys = NewKeys(request.key_file, request.passphrase, request.keychain)
    return session.manager.recover_with_code(request.code, keys, drop=request.drop)
