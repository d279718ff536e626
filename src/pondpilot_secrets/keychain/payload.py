"""What a keychain item holds: a JSON object of the fields, as the design says, without an immutable copy on the way.

Every value is a JSON string. Three names of our own are added: `$revision`, which tells at the next open whether an edit
that a crash interrupted had reached the keychain; `$bound`, whatever else the caller wants to find unchanged, which lies
elsewhere and less well guarded; and `$check`, a digest that tells an item edited by another program or half written from
what we saved. The digest is no protection against somebody who can write to the keychain, nor meant as one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets.errors import CredentialCorruptError
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pondpilot_secrets.keychain.base import Payload

REVISION = "$revision"
BOUND = "$bound"
CHECK = "$check"

_ESCAPE = re.compile(rb"\\")
_MUST_ESCAPE = re.compile(rb'["\\\x00-\x1f]')
_STRING = rb'"((?:[^"\\\x00-\x1f]++|\\.)*+)"'
_PAIR = re.compile(rb"\s*+" + _STRING + rb"\s*+:\s*+" + _STRING + rb"\s*+([,}])")
_OPENING = re.compile(rb"\s*+\{")
_REST = re.compile(rb"\s*+\Z")
_LONGEST_NUMBER = 18
_SIMPLE_ESCAPES = {0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 8, 0x66: 12, 0x6E: 10, 0x72: 13, 0x74: 9}


class Item(NamedTuple):
    """What an item holds; `bound` is None in items that were written before there was such a thing."""

    revision: int
    fields: dict[str, SecureString]
    bound: str | None


def encode(account: str, revision: int, fields: Mapping[str, SecureString], bound: str | None = None) -> bytearray:
    """Return the item's payload; the caller wipes it."""
    if bound is not None:
        fields = {**fields, BOUND: SecureString(bound)}
    check = _digest(account, revision, fields)
    own = {REVISION: SecureString(str(revision)), CHECK: SecureString(check)}
    everything = {**fields, **own}
    size = 1 + sum(len(name.encode()) + _escaped_length(value) + 6 for name, value in everything.items())
    payload = bytearray(size)
    position = 0
    for name, value in everything.items():
        position = _put(payload, position, b'%c"%s":"' % (b"{"[0] if position == 0 else b","[0], name.encode()))
        position = _put_escaped(payload, position, value)
        position = _put(payload, position, b'"')
    _put(payload, position, b"}")
    return payload


def decode(account: str, payload: Payload) -> tuple[int, dict[str, SecureString]]:
    """Return the revision and the fields of an item; raises as `decode_item` does."""
    return decode_item(account, payload)[:2]


def decode_item(account: str, payload: Payload) -> Item:
    """Return what an item holds.

    Raises `CredentialCorruptError` when it is not what `encode` made for this account.
    """
    fields = dict(_pairs(account, payload))
    revision_text, check = fields.pop(REVISION, None), fields.pop(CHECK, None)
    if revision_text is None or check is None:
        raise _altered(account)
    number = revision_text.expose() if revision_text.is_text() and len(revision_text) <= _LONGEST_NUMBER else ""
    if not number.isdecimal() or SecureString(_digest(account, int(number), fields)) != check:
        for value in fields.values():
            value.close()
        raise _altered(account)
    bound = fields.pop(BOUND, None)
    return Item(int(number), fields, None if bound is None else bound.expose())


def _put(payload: bytearray, position: int, part: bytes | memoryview) -> int:
    payload[position : position + len(part)] = part
    return position + len(part)


def _escaped_length(value: SecureString) -> int:
    with value.exposed() as view:
        longer = sum(1 if view[match.start()] in b'"\\' else 5 for match in _MUST_ESCAPE.finditer(view))
        return len(view) + longer


def _put_escaped(payload: bytearray, position: int, value: SecureString) -> int:
    with value.exposed() as view:
        start = 0
        for match in _MUST_ESCAPE.finditer(view):
            at = match.start()
            position = _put(payload, position, view[start:at])
            byte = view[at]
            position = _put(payload, position, b"\\%c" % byte if byte in b'"\\' else b"\\u%04x" % byte)
            start = at + 1
        return _put(payload, position, view[start:])


def _pairs(account: str, payload: Payload) -> Iterator[tuple[str, SecureString]]:
    opening = _OPENING.match(payload)
    if opening is None:
        raise _altered(account)
    position, ending = opening.end(), b","
    with memoryview(payload) as view:
        while ending == b",":
            pair = _PAIR.match(payload, position)
            if pair is None:
                raise _altered(account)
            name = _name(account, view[slice(*pair.span(1))])
            yield name, _unescaped(account, view[slice(*pair.span(2))])
            ending, position = bytes(view[slice(*pair.span(3))]), pair.end()
    if _REST.match(payload, position) is None:
        raise _altered(account)


def _name(account: str, text: memoryview) -> str:
    try:
        name = str(text, "utf-8") if _ESCAPE.search(text) is None else _unescaped(account, text).expose()
    except UnicodeDecodeError:  # it holds what the item holds, so it must not travel as a cause
        name = None
    if name is None:
        raise _altered(account)
    return name


def _unescaped(account: str, text: memoryview) -> SecureString:
    if _ESCAPE.search(text) is None:
        return SecureString(text)
    plain = bytearray(len(text))  # unescaping never makes a text longer
    try:
        length = _unescape_into(plain, text)
        with memoryview(plain)[:length] as view:
            return SecureString(view)
    except (ValueError, KeyError):
        raise _altered(account) from None
    finally:
        wipe(plain)


def _unescape_into(plain: bytearray, text: memoryview) -> int:
    written = read = 0
    for match in _ESCAPE.finditer(text):
        at = match.start()
        if at < read:  # the second half of an escape already read
            continue
        written = _put(plain, written, text[read:at])
        if text[at + 1] == ord("u"):
            character, read = _unicode_escape(text, at)
            written = _put(plain, written, character)
        else:
            written = _put(plain, written, bytes((_SIMPLE_ESCAPES[text[at + 1]],)))
            read = at + 2
    return _put(plain, written, text[read:])


def _unicode_escape(text: memoryview, at: int) -> tuple[bytes, int]:
    """Read `\\uXXXX`, or two of them where they are a surrogate pair; returns UTF-8 and where reading goes on."""
    unit = int(bytes(text[at + 2 : at + 6]), 16)
    if 0xD800 <= unit < 0xDC00 and bytes(text[at + 6 : at + 8]) == b"\\u":
        low = int(bytes(text[at + 8 : at + 12]), 16)
        if not 0xDC00 <= low < 0xE000:
            raise ValueError("half a surrogate pair")
        return chr(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)).encode(), at + 12
    return chr(unit).encode(), at + 6


def _digest(account: str, revision: int, fields: Mapping[str, SecureString]) -> bytes:
    import hashlib

    digest = hashlib.sha256(b"%s\0%d" % (account.encode(), revision))
    for name in sorted(fields):
        with fields[name].exposed() as view:
            digest.update(b"\0%s\0%d\0" % (name.encode(), len(view)))
            digest.update(view)
    return digest.hexdigest()[:32].encode()


def _altered(account: str) -> CredentialCorruptError:
    return CredentialCorruptError(f"the keychain item {account} does not hold what was saved in it")
