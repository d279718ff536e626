"""One-time recovery codes of a vault in an encrypted file: making them, and getting back in with one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.rekey import new_keys
from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class MakeCodesRequest(Request["MakeCodesResult"]):
    """How many codes to make; 0 only makes the older ones void."""

    count: int = 8


@dataclass(frozen=True, slots=True)
class MakeCodesResult:
    """The codes, to be shown once and stored nowhere by us; older ones are void. The caller closes them."""

    codes: tuple[SecureString, ...]


def make_codes(session: Session, request: MakeCodesRequest) -> MakeCodesResult:
    """Make one-time codes; raises as `SecretsManager.make_recovery_codes` does."""
    return MakeCodesResult(tuple(session.manager.make_recovery_codes(request.count)))


@dataclass(frozen=True, slots=True)
class UseCodeRequest(Request["UseCodeResult"]):
    """A code, the keys that open the vault from now on, and the kinds of older keys that open it no more.

    A new passphrase is asked for through the session, once the code has proved right.
    """

    code: SecureString
    key_file: str | None = None
    passphrase: bool = False
    keychain: bool = False
    drop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UseCodeResult:
    """What opens the vault now, and how many codes are left."""

    opens_with: tuple[str, ...]
    codes_left: int


def use_code(session: Session, request: UseCodeRequest) -> UseCodeResult:
    """Open a vault with a code and give it new keys; raises as `SecretsManager.recover_with_code` does."""
    keys = new_keys(session, request.key_file, request.passphrase, request.keychain)
    done = session.manager.recover_with_code(request.code, keys, drop=request.drop)
    return UseCodeResult(done.opens_with, done.codes_left)
