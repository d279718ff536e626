"""JSON objects of text to text (RFC 8259), read and written without an immutable copy of a value on the way.

Keychain items hold such an object, and so do fields that are maps, such as the headers of an http secret.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secure.secure_string import SecureString
from pondpilot_secrets.secure.wiping import wipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Buffer: TypeAlias = bytes | bytearray | memoryview

_SPACE = rb"[ \t\n\r]*+"
_STRING = rb'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"'
_START = re.compile(_SPACE + rb"\{" + _SPACE)
_PAIR = re.compile(_SPACE + _STRING + _SPACE + rb":" + _SPACE + _STRING + _SPACE + rb"([,}])")
_CLOSING = re.compile(rb"\}")
_END = re.compile(_SPACE + rb"\Z")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SPECIAL = re.compile(rb'["\\\x00-\x1f]')
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_NO_OBJECT = "it is not a JSON object of texts"
_HALF = "it holds half a surrogate pair"
_TWICE = "a name is there twice"


def read_object(text: Buffer) -> dict[str, SecureString]:
    """Return the entries of a JSON object of texts, in their order; the caller closes the values.

    Raises `ValueError`, with no part of the text in it, for anything else, and where a name is there twice.
    """
    entries: dict[str, SecureString] = {}
    try:
        with memoryview(text) as view:
            for name, value in _pairs(view):
                if name in entries:
                    value.close()
                    raise ValueError(_TWICE)
                entries[name] = value
    except BaseException:
        for value in entries.values():
            value.close()
        raise
    return entries


def write_object(entries: Mapping[str, SecureString | str]) -> bytearray:
    """Return the entries as a JSON object without spaces, in which only what must be is escaped; the caller wipes it."""
    with contextlib.ExitStack() as stack:
        texts: list[tuple[bytes, memoryview]] = []
        for name, value in entries.items():
            secure = value if isinstance(value, SecureString) else stack.enter_context(SecureString(value))
            texts.append((_encode_name(name), stack.enter_context(secure.exposed())))
        size = max(2, 1 + sum(_escaped_length(key) + _escaped_length(text) + 6 for key, text in texts))
        buffer, position = bytearray(size), 0
        for key, text in texts:
            position = _put(buffer, position, b',"' if position else b'{"')
            position = _put_escaped(buffer, position, key)
            position = _put(buffer, position, b'":"')
            position = _put_escaped(buffer, position, text)
            position = _put(buffer, position, b'"')
        _put(buffer, position, b"}" if texts else b"{}")
        return buffer


def _encode_name(name: str) -> bytes:
    try:
        return name.encode()
    except UnicodeEncodeError:
        pass  # it holds the name, so it must not travel as a cause
    raise InvalidCredentialsError(
        "the value holds a lone surrogate, which is not text", hint="the source it came from is not valid Unicode"
    )


def read_map(text: SecureString) -> dict[str, SecureString]:
    """Return the entries of a JSON object that a secret value holds; raises as `read_object` does."""
    with text.exposed() as view:
        return read_object(view)


def write_map(entries: Mapping[str, SecureString | str]) -> SecureString:
    """Return the entries as a secret value that holds a JSON object; the caller closes it."""
    return SecureString.take(write_object(entries))


# --- reading ---


def _pairs(view: memoryview) -> Iterator[tuple[str, SecureString]]:
    position = _end(_START, view, 0)
    empty = _CLOSING.match(view, position)
    more = empty is None
    if empty is not None:
        position = empty.end()
    while more:
        pair = _PAIR.match(view, position)
        if pair is None:
            raise ValueError(_NO_OBJECT)
        name = _name(view[slice(*pair.span(1))])
        yield name, _value(view[slice(*pair.span(2))])
        more, position = view[pair.start(3)] == ord(","), pair.end()
    _end(_END, view, position)


def _end(pattern: re.Pattern[bytes], view: memoryview, position: int) -> int:
    match = pattern.match(view, position)
    if match is None:
        raise ValueError(_NO_OBJECT)
    return match.end()


def _name(escaped: memoryview) -> str:
    text = bytearray(escaped)
    if _ESCAPE.search(escaped) is not None:
        del text[_unescape(escaped, text) :]
    try:
        return text.decode()
    except UnicodeDecodeError:  # it holds what the object holds, so it must not travel as a cause
        pass
    raise ValueError(_NO_OBJECT)


def _value(escaped: memoryview) -> SecureString:
    if _ESCAPE.search(escaped) is None:
        return SecureString(escaped)
    plain = bytearray(len(escaped))  # unescaping never makes a text longer
    try:
        length = _unescape(escaped, plain)
        with memoryview(plain) as whole:
            return SecureString(whole[:length])
    finally:
        wipe(plain)


def _unescape(escaped: memoryview, plain: bytearray) -> int:
    written = read = 0
    high: int | None = None
    for match in _ESCAPE.finditer(escaped):
        start, end = match.span()
        if high is not None and start != read:
            raise ValueError(_HALF)
        written = _put(plain, written, escaped[read:start])
        read = end
        high, character = _join_surrogates(high, _code_unit(match))
        written = _put(plain, written, character)
    if high is not None:
        raise ValueError(_HALF)
    return _put(plain, written, escaped[read:])


def _code_unit(match: re.Match[bytes]) -> int:
    code, short = match.groups()
    return int(code, 16) if code is not None else _SHORT.get(short, short)[0]


def _join_surrogates(high: int | None, unit: int) -> tuple[int | None, bytes]:
    """Return the first half of a surrogate pair that waits for its second, and the UTF-8 that is known."""
    if high is not None:
        if not 0xDC00 <= unit < 0xE000:
            raise ValueError(_HALF)
        return None, chr(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00)).encode()
    if 0xD800 <= unit < 0xDC00:
        return unit, b""
    if 0xDC00 <= unit < 0xE000:
        raise ValueError(_HALF)
    return None, chr(unit).encode()


# --- writing ---


def _escaped_length(text: bytes | memoryview) -> int:
    return len(text) + sum(1 if text[match.start()] in b'"\\' else 5 for match in _SPECIAL.finditer(text))


def _put_escaped(buffer: bytearray, position: int, text: bytes | memoryview) -> int:
    start = 0
    for match in _SPECIAL.finditer(text):
        at = match.start()
        position = _put(buffer, position, text[start:at])
        byte = text[at]
        position = _put(buffer, position, b"\\%c" % byte if byte in b'"\\' else b"\\u%04x" % byte)
        start = at + 1
    return _put(buffer, position, text[start:])


def _put(buffer: bytearray, position: int, part: bytes | memoryview) -> int:
    with memoryview(buffer) as target:  # a bytearray would make a copy of its own of whatever it is given
        target[position : position + len(part)] = part
    return position + len(part)
