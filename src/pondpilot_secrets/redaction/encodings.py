"""The ways to read an error text: each gives the bytes it stands for and where in the text each byte comes from."""

from __future__ import annotations

import base64
import binascii
import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.redaction import matching
from pondpilot_secrets.redaction.matching import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")
_FORM = re.compile(r"%([0-9A-Fa-f]{2})|(\+)")
_BACKSLASH = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|(u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2})"
    r"|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|(.))",
    re.DOTALL,
)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_QUOTES = re.compile(r"''|\"\"")
_QUOTED_PRINTABLE = re.compile(r"=(?:([0-9A-F]{2})|\r?\n)")
_NULS = re.compile("\0|\\\\0|\\\\x00")
_SHORT_ESCAPES = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "f": b"\f", "v": b"\v", "a": b"\a", "0": b"\0"}
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{6,}={0,2}")
_BASE64_LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_HEX_RUN = re.compile(rb"[0-9A-Fa-f]{8,}")


@dataclass(frozen=True, slots=True)
class Decoding:
    """Bytes, and for each the range of the original text that it came from."""

    data: bytes
    starts: list[int]
    ends: list[int]


def decodings_of(text: str) -> Iterator[Decoding]:
    """Give every decoding of a text: plain, decoded once, decoded twice, and what is base64 or hex in any of these."""
    plain = _plain(text)
    yield plain
    yield _backwards(plain)
    yield from _runs(plain)
    yield from _joined_runs(plain)
    seen = {plain.data}
    layer = [plain]
    for _ in range(2):
        following = []
        for decoding in layer:
            for decode in _DECODERS:
                made = decode(decoding)
                if made is not None and made.data not in seen:
                    seen.add(made.data)
                    following.append(made)
                    yield made
                    yield from _runs(made)
        layer = following


def alphanumeric(decoding: Decoding) -> Decoding:
    """Give a decoding without case and without what is neither a letter nor a digit, to be compared with such values."""
    kept = [at for at, byte in enumerate(decoding.data) if byte in KEPT]
    return Decoding(
        matching.alphanumeric(decoding.data), [decoding.starts[at] for at in kept], [decoding.ends[at] for at in kept]
    )


def _backwards(decoding: Decoding) -> Decoding:
    return Decoding(decoding.data[::-1], decoding.starts[::-1], decoding.ends[::-1])


def _plain(text: str) -> Decoding:
    data, starts, ends = bytearray(), [], []
    for index, letter in enumerate(text):
        encoded = letter.encode("utf-8", "surrogatepass")
        data += encoded
        starts += [index] * len(encoded)
        ends += [index + 1] * len(encoded)
    return Decoding(bytes(data), starts, ends)


def _replacing(
    pattern: re.Pattern[str], decode: Callable[[re.Match[str]], bytes]
) -> Callable[[Decoding], Decoding | None]:
    """Make a decoder that replaces what the pattern finds by the bytes it stands for."""

    def read(decoding: Decoding) -> Decoding | None:
        # Latin-1 gives one character a byte, so that positions stay those of the bytes.
        text = decoding.data.decode("latin-1")
        data, starts, ends = bytearray(), [], []
        position = 0
        for match in pattern.finditer(text):
            start, end = match.span()
            data += decoding.data[position:start]
            starts += decoding.starts[position:start]
            ends += decoding.ends[position:start]
            decoded = decode(match)
            data += decoded
            starts += [decoding.starts[start]] * len(decoded)
            ends += [decoding.ends[end - 1]] * len(decoded)
            position = end
        if not position:
            return None
        data += decoding.data[position:]
        return Decoding(bytes(data), starts + decoding.starts[position:], ends + decoding.ends[position:])

    return read


def _percent(match: re.Match[str]) -> bytes:
    return bytes.fromhex(match[1])


def _form(match: re.Match[str]) -> bytes:
    return b" " if match[2] else bytes.fromhex(match[1])


def _backslash(match: re.Match[str]) -> bytes:
    two, pair, four, eight, octal, other = match.groups()
    if two:
        return bytes.fromhex(two)
    if pair:
        high, low = int(pair[1:5], 16), int(pair[7:11], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()
    if four or eight:
        code = int(four or eight, 16)
        return chr(code).encode("utf-8", "surrogatepass") if code < 0x110000 else b""
    if octal:
        return bytes([int(octal, 8) & 0xFF])
    return _SHORT_ESCAPES.get(other, other.encode("latin-1"))


def _entity(match: re.Match[str]) -> bytes:
    return html.unescape(match[0]).encode("utf-8", "surrogatepass")


def _one_quote(match: re.Match[str]) -> bytes:
    return match[0][:1].encode()


def _equals(match: re.Match[str]) -> bytes:
    return bytes.fromhex(match[1]) if match[1] else b""


def _nothing(_match: re.Match[str]) -> bytes:
    return b""


_DECODERS = (
    _replacing(_PERCENT, _percent),
    _replacing(_FORM, _form),
    _replacing(_BACKSLASH, _backslash),
    _replacing(_ENTITY, _entity),
    _replacing(_QUOTES, _one_quote),
    _replacing(_NULS, _nothing),  # UTF-16, shown byte by byte
    _replacing(_QUOTED_PRINTABLE, _equals),
)


def _runs(decoding: Decoding, *, nested: bool = False) -> Iterator[Decoding]:
    """Decode what looks like base64 or hex, from each possible beginning, as one piece with the whole run behind it.

    What was decoded is looked at once more: a Basic header that was written as base64 is base64 twice.
    """
    for match in _BASE64_RUN.finditer(decoding.data):
        run = match[0].rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        for offset in range(4):
            for decoded in _decoded(decoding, match, _from_base64(run[offset:])):
                yield decoded
                if not nested:
                    yield from _runs(decoded, nested=True)
    for match in _HEX_RUN.finditer(decoding.data):
        for offset in range(2):
            part = match[0][offset:]
            yield from _decoded(decoding, match, bytes.fromhex(part[: len(part) // 2 * 2].decode()))


def _joined_runs(decoding: Decoding) -> Iterator[Decoding]:
    """Decode base64 that was broken up: all between its letters is dropped, and each byte comes from its own four."""
    kept = [at for at, byte in enumerate(decoding.data) if byte in _BASE64_LETTERS]
    run = bytes(decoding.data[at] for at in kept)
    for offset in range(4):
        data = _from_base64(run[offset:])
        places = [offset + number * 4 // 3 for number in range(len(data))]
        yield Decoding(
            data,
            [decoding.starts[kept[place]] for place in places],
            [decoding.ends[kept[min(place + 1, len(kept) - 1)]] for place in places],
        )


def _from_base64(run: bytes) -> bytes:
    usable = len(run) - (len(run) % 4 == 1)
    try:
        return base64.b64decode(run[:usable] + b"=" * (-usable % 4))
    except binascii.Error:
        return b""


def _decoded(decoding: Decoding, match: re.Match[bytes], data: bytes) -> Iterable[Decoding]:
    if data:
        first, last = decoding.starts[match.start()], decoding.ends[match.end() - 1]
        yield Decoding(data, [first] * len(data), [last] * len(data))
