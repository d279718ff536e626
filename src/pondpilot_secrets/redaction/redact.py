"""Redacting a text: taking every value of a secret out of it before anybody sees it.

A library may cut, escape or encode what it repeats. So the text is read in several ways (as it stands, percent-decoded,
unescaped, base64-decoded, …) and whatever turns out to be a value, or a longer piece of one, is redacted where it stands.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.redaction import encodings
from pondpilot_secrets.redaction.matching import PIECE, AlphanumericMatcher, Matcher
from pondpilot_secrets.secure import REDACTED, wipe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.secure import SecureString

WITHHELD = "the text is withheld, because the secret's values in it could not be redacted"
"""What is said in the place of a text that could not be redacted."""

LONGEST_TEXT = 4000
_MARGIN = 2000
"""How much of a text over the limit is read further, so that no value that the cut goes through is missed."""


def redact(text: str, values: Iterable[SecureString]) -> str:
    """Return the text without any of the values, in whatever common encoding they stand there; never raises.

    Whole values are redacted everywhere, those of under 4 bytes only where something encloses them (`password=a`, `'a'`).
    Of a longer value, pieces of 8 bytes and more are redacted as well, because libraries cut what they repeat.
    """
    plain: list[bytes] = []
    try:
        plain.extend(_copies(values))
        return _redacted(_shortened(text, plain), plain)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, the text must not get out
        log.debug("redaction", "a text is withheld: %s", type(error).__name__)
        return WITHHELD
    finally:
        for value in plain:
            wipe(value)


def _copies(values: Iterable[SecureString]) -> Iterable[bytes]:
    for value in values:
        with value.exposed() as view:
            if len(view):
                yield bytes(view)


def _shortened(text: str, plain: list[bytes]) -> str:
    """Redact the plain long values first, so that cutting an endless text costs nothing of its sense."""
    if len(text) <= LONGEST_TEXT:
        return text
    for value in sorted(plain, key=len, reverse=True):
        if len(value) >= PIECE:
            text = text.replace(value.decode(), REDACTED)
    return text


def _redacted(whole: str, plain: list[bytes]) -> str:
    text = whole[: LONGEST_TEXT + _MARGIN]
    hidden = bytearray(len(text) + 1)
    with contextlib.closing(AlphanumericMatcher(plain)) as alphanumeric:
        exact = Matcher(plain)
        for decoding in encodings.decodings_of(text):
            _hide(hidden, decoding, exact.ranges(decoding.data))
            bare = encodings.alphanumeric(decoding)
            _hide(hidden, bare, alphanumeric.ranges(bare.data))
    end = len(text) if len(whole) <= LONGEST_TEXT else LONGEST_TEXT
    return _without(text[:end], hidden[:end]) + (" …" if len(whole) > end else "")


def _hide(hidden: bytearray, decoding: encodings.Decoding, found: Iterable[tuple[int, int]]) -> None:
    for start, end in found:
        places = decoding.starts[start:end], decoding.ends[start:end]
        first, last = min(places[0]), max(places[1])  # a decoding may run backwards
        hidden[first:last] = b"\1" * (last - first)


def _without(text: str, hidden: bytearray) -> str:
    pieces, position = [], 0
    while (start := hidden.find(1, position)) >= 0:
        end = hidden.find(0, start)
        pieces += [text[position:start], REDACTED]
        position = len(text) if end < 0 else end
    return "".join([*pieces, text[position:]])
