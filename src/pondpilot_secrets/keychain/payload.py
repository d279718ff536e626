"""What a keychain item holds: a JSON object of the fields, as the design says, without an immutable copy on the way.

Every value is a JSON string. Three names are added: `$revision`, which tells at the next open whether an edit that a crash
interrupted had reached the keychain; `$context`, what else the caller wants to find unchanged, which lies elsewhere and less
well guarded; and `$check`, a checksum that tells an item edited by another program or half written from what was saved. The
checksum is no protection against somebody who can write to the keychain, nor meant as one.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets.errors import CredentialCorruptError
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.json_buffer import read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.keychain.base import Payload

REVISION = "$revision"
CONTEXT = "$context"
CHECK = "$check"

_LONGEST_NUMBER = 18


class PayloadContent(NamedTuple):
    """What a payload holds; the caller closes the fields. `context` is None where none was written."""

    revision: int
    fields: dict[str, SecureString]
    context: str | None


def encode(account: str, revision: int, fields: Mapping[str, SecureString], context: str | None = None) -> bytearray:
    """Return the item's payload; the caller wipes it."""
    with contextlib.ExitStack() as stack:
        content = dict(fields)
        if context is not None:
            content[CONTEXT] = stack.enter_context(SecureString(context))
        own = {REVISION: str(revision), CHECK: _checksum(account, revision, content)}
        return write_object({**content, **own})


def decode(account: str, payload: Payload) -> PayloadContent:
    """Return what an item holds.

    Raises `CredentialCorruptError` when it is not what `encode` made for this account.
    """
    try:
        fields = read_object(payload)
    except ValueError:
        raise _corrupt(account) from None
    with contextlib.ExitStack() as stack:
        stack.callback(_close, fields)
        revision, check = _pop_text(fields, REVISION), _pop_text(fields, CHECK)
        if not _is_number(revision) or check != _checksum(account, int(revision), fields):
            raise _corrupt(account)
        context = _pop_text(fields, CONTEXT) if CONTEXT in fields else None
        stack.pop_all()
    return PayloadContent(int(revision), fields, context)


def _close(fields: Mapping[str, SecureString]) -> None:
    for value in fields.values():
        value.close()


def _pop_text(fields: dict[str, SecureString], name: str) -> str:
    """Take out a value that is no secret; what is not there, or no text, is empty."""
    with fields.pop(name, None) or SecureString("") as value:
        return value.expose() if value.is_text() else ""


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= _LONGEST_NUMBER


def _checksum(account: str, revision: int, fields: Mapping[str, SecureString]) -> str:
    import hashlib

    checksum = hashlib.sha256(b"%s\0%d" % (account.encode(), revision))
    for name in sorted(fields):
        with fields[name].exposed() as view:
            checksum.update(b"\0%s\0%d\0" % (name.encode(), len(view)))
            checksum.update(view)
    return checksum.hexdigest()[:32]


def _corrupt(account: str) -> CredentialCorruptError:
    return CredentialCorruptError(f"the keychain item {account} does not hold what was saved in it")
