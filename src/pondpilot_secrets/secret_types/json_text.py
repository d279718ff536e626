"""JSON objects of text to text, read and written without an immutable copy of a value on the way.

A field of kind MAP or HEADER_MAP is stored as such an object.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPENING = re.compile(rb"\s*\{\s*")
_EMPTY = re.compile(rb"\s*\{\s*\}\s*\Z")
_TEXT = re.compile(rb'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
_COLON = re.compile(rb"\s*:\s*")
_COMMA = re.compile(rb"\s*,\s*")
_ENDING = re.compile(rb"\s*\}\s*\Z")
_ESCAPE = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_SPECIAL = re.compile(rb'["\\\x00-\x1f]')
_HALF = "it holds half a surrogate pair"
_SHORT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t"}


def read_map(text: SecureString) -> dict[str, SecureString]:
    """Return the entries of a JSON object of texts.

    Raises ValueError, with no part of the text in it, when it is none or when a name is there twice.
    """
    entries: dict[str, SecureString] = {}
    try:
        with text.exposed() as view:
            for name, value in _pairs(view):
                if name in entries:
                    value.close()
                    raise ValueError("a name is there twice")
                entries[name] = value
    except ValueError:
        for value in entries.values():
            value.close()
        raise
    return entries


def write_map(entries: Mapping[str, SecureString | str]) -> SecureString:
    """Return the entries as the text of a JSON object."""
    parts: list[SecureString | bytes] = []
    made: list[SecureString] = []
    for name, value in entries.items():
        secure = value if isinstance(value, SecureString) else SecureString(value)
        if secure is not value:
            made.append(secure)
        escaped = [_escaped(SecureString(name)), _escaped(secure)]
        made.extend(escaped)
        parts += [b'{"' if not parts else b',"', escaped[0], b'":"', escaped[1], b'"']
    text = SecureString.join([*parts, b"}"] if parts else [b"{}"])
    for secure in made:
        secure.close()
    return text


def _pairs(view: memoryview) -> Iterator[tuple[str, SecureString]]:
    if _EMPTY.match(view):
        return
    position = _end(_OPENING, view, 0)
    while True:
        name, position = _text(view, position)
        position = _end(_COLON, view, position)
        value, position = _text(view, position)
        yield name.expose(), value
        if _ENDING.match(view, position):
            return
        position = _end(_COMMA, view, position)


def _end(pattern: re.Pattern[bytes], view: memoryview, position: int) -> int:
    match = pattern.match(view, position)
    if match is None:
        raise ValueError("it is not a JSON object of texts")
    return match.end()


def _text(view: memoryview, position: int) -> tuple[SecureString, int]:
    match = _TEXT.match(view, position)
    if match is None:
        raise ValueError("it is not a JSON object of texts")
    start, end = match.span(1)
    plain = bytearray(end - start)  # unescaping never makes a text longer
    try:
        length = _unescape(view[start:end], plain)
        with memoryview(plain) as whole:
            return SecureString(whole[:length]), match.end()
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
        unit = _unit(match)
        high, character = _joined(high, unit)
        written = _put(plain, written, character)
    if high is not None:
        raise ValueError(_HALF)
    return _put(plain, written, escaped[read:])


def _unit(match: re.Match[bytes]) -> int:
    code, short = match.groups()
    return int(code, 16) if code is not None else _SHORT.get(short, short)[0]


def _joined(high: int | None, unit: int) -> tuple[int | None, bytes]:
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


def _escaped(text: SecureString) -> SecureString:
    with text.exposed() as view:
        specials = [match.start() for match in _SPECIAL.finditer(view)]
        buffer = bytearray(len(view) + 5 * len(specials))
        written = read = 0
        for at in specials:
            written = _put(buffer, written, view[read:at])
            byte = view[at]
            written = _put(buffer, written, b"\\%c" % byte if byte in b'"\\' else b"\\u%04x" % byte)
            read = at + 1
        written = _put(buffer, written, view[read:])
    with memoryview(buffer) as whole:
        secure = SecureString(whole[:written])
    wipe(buffer)
    return secure


def _put(buffer: bytearray, position: int, part: bytes | memoryview) -> int:
    buffer[position : position + len(part)] = part
    return position + len(part)
