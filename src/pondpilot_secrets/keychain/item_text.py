"""What is written into an item of a system's keychain: ASCII without braces, which every keychain gives back as it was.

KWallet cuts text at a zero byte and loses bytes that are no UTF-8, KeePassXC replaces its placeholders in braces, and
Windows shows items as UTF-16; base64 passes through all of them. The text also says for which account it was written, so
that a read by a remembered path finds out when the path has come to lead to another item.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from pondpilot_secrets.keychain.base import Payload

_TEXT = re.compile(rb"pondpilot-v1:([0-9a-f]{8}):([0-9A-Za-z+/]*+={0,2})")


def encode(account: str, payload: Payload) -> bytearray:
    """Return the text for a payload; the caller wipes it."""
    text = binascii.b2a_base64(payload, newline=False)
    try:
        return bytearray(b"pondpilot-v1:%s:%s" % (_tag(account), text))
    finally:
        wipe(text)


def is_for(account: str, text: Payload) -> bool:
    """Whether a text was written by `encode` for this account."""
    found = _TEXT.fullmatch(text)
    return found is not None and bytes(found[1]) == _tag(account)


def decode(account: str, text: bytearray) -> bytearray:
    """Return the payload in a buffer that the caller wipes, and wipe the text.

    What was not written for this account comes back as it is: the payload's own check tells whose fault that is.
    """
    found = _TEXT.fullmatch(text)
    if found is None or bytes(found[1]) != _tag(account):
        return text
    start, end = found.span(2)
    del found
    with memoryview(text) as view:
        try:
            payload = binascii.a2b_base64(view[start:end], strict_mode=True)
        except binascii.Error:
            return text
    try:
        return bytearray(payload)
    finally:
        wipe(payload)
        wipe(text)


def _tag(account: str) -> bytes:
    return hashlib.sha256(account.encode()).hexdigest()[:8].encode()
