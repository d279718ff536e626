"""Finding the values of a secret, and longer pieces of them, in one decoding of a text.

Nothing here copies a value: pieces are known by their hashes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PIECE = 8
"""The shortest piece of a longer value that is redacted, in bytes."""

_SHORT = 4  # values below this many bytes are redacted only where something encloses them
_ALPHANUMERIC_PIECE = 10  # the shortest piece where case and all but letters and digits were dropped
_BEFORE = b" =:,;&?/@('\"`<[{|"
_AFTER = b" ,;&?/@)'\"`>]}|\r\n\t."
_OPENERS = b"=:/@('\"`<[{|"
# Words of error texts that are no piece of a secret, even when a value happens to hold them.
_COMMON = frozenset(
    b"password username database postgres postgresql connection endpoint protocol certificate authentication "
    b"authorization credential credentials accountname accountkey blobendpoint localhost windows required invalid".split()
)


class Matcher:
    """Finds values as they are; one for the decodings that keep every byte."""

    def __init__(self, values: Sequence[bytes]) -> None:
        self._values = values
        self._pieces = _Pieces([value for value in values if len(value) > PIECE], PIECE)

    def ranges(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Give the ranges of the data that a value, or a piece of one, takes."""
        for value in self._values:
            yield from _enclosed(data, value) if len(value) < _SHORT else _whole(data, value)
        yield from self._pieces.ranges(data)


class AlphanumericMatcher:
    """Finds values whose case was changed, or that were broken up by spaces, lines or marks."""

    def __init__(self, values: Sequence[bytes]) -> None:
        self._values = [each for value in values if len(each := alphanumeric(value)) >= PIECE]
        self._pieces = _Pieces(self._values, _ALPHANUMERIC_PIECE)

    def ranges(self, data: bytes) -> Iterator[tuple[int, int]]:
        """Give the ranges of alphanumeric data that a value, or a piece of one, takes."""
        for value in self._values:
            if value not in _COMMON:
                yield from _whole(data, value)
        yield from self._pieces.ranges(data)

    def close(self) -> None:
        """Wipe the alphanumeric values."""
        for value in self._values:
            wipe(value)


def alphanumeric(data: bytes) -> bytes:
    """Return the data without its case and without what is neither a letter nor a digit nor beyond ASCII."""
    return data.lower().translate(None, _DROPPED)


_DROPPED = bytes(code for code in range(128) if not chr(code).isalnum())
KEPT = frozenset(range(256)) - frozenset(_DROPPED)
"""The bytes that `alphanumeric` keeps."""


class _Pieces:
    """The pieces of a length that some values are made of."""

    def __init__(self, values: Sequence[bytes], length: int) -> None:
        self._values = values
        self._length = length
        self._hashes = {
            hash(view[at : at + length])
            for view in (memoryview(value) for value in values)
            for at in range(len(view) - length + 1)
        }

    def ranges(self, data: bytes) -> Iterator[tuple[int, int]]:
        view, length = memoryview(data), self._length
        position, last = 0, len(data) - length if self._hashes else -1
        while position <= last:
            end = self._end(data, position) if hash(view[position : position + length]) in self._hashes else 0
            if not end:
                position += 1
                continue
            if data[position:end].strip(b" =:;.,'\"/").lower() not in _COMMON:
                yield position, end
            position = end - length + 1

    def _end(self, data: bytes, start: int) -> int:
        """Where the longest piece that starts here ends; 0 when two different pieces have one hash."""
        longest = 0
        for value in self._values:
            end = start + self._length
            if data[start:end] not in value:
                continue
            while end < len(data) and data[start : end + 1] in value:
                end += 1
            longest = max(longest, end)
        return longest


def _whole(data: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    start = data.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = data.find(value, start + 1)


def _enclosed(data: bytes, value: bytes) -> Iterator[tuple[int, int]]:
    for start, end in _whole(data, value):
        before, after = data[:start].rstrip(b" ")[-1:], data[end : end + 1]
        near = data[start - 1 : start] if start else b""
        opened = near != b"" and near in _BEFORE and before != b"" and before in _OPENERS
        if opened and (after == b"" or after in _AFTER):
            yield start, end
