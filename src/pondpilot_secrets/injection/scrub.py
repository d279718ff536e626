"""Taking every value of a secret out of an error text before anybody sees it.

A library may cut, escape or encode what it repeats. So the text is read in several ways (as it stands, percent-decoded,
unescaped, base64-decoded, …) and whatever turns out to be a value, or a longer piece of one, is masked where it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pondpilot_secrets.errors import DuckDBIntegrationError, SecretError
from pondpilot_secrets.injection import readings
from pondpilot_secrets.secure import MASK, wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pondpilot_secrets.secure import SecureString

Result = TypeVar("Result")

UNSAFE = "DuckDB refused; its words are withheld, because they could not be cleared of the secret's values"
LONGEST_TEXT = 4000
_PIECE = 8  # the shortest piece of a longer value that is masked
_SHORT = 4  # values below this many bytes are masked only where something encloses them
_BEFORE = b" =:,;&?/@('\"`<[{|"
_AFTER = b" ,;&?/@)'\"`>]}|\r\n\t."
_OPENERS = b"=:/@('\"`<[{|"
# Words of error texts that are no piece of a secret, even when a value happens to hold them.
_COMMON = frozenset(
    b"password username database postgres postgresql connection endpoint protocol certificate authentication "
    b"authorization credential credentials accountname accountkey blobendpoint localhost windows required invalid".split()
)


def scrub(text: str, values: Iterable[SecureString]) -> str:
    """Return the text without any of the values, in whatever common encoding they stand there; never raises.

    Whole values are masked everywhere, those of under 4 bytes only where something encloses them (`password=a`, `'a'`).
    Of a longer value, pieces of 8 bytes and more are masked as well, because libraries cut what they repeat.
    """
    plain: list[bytes] = []
    try:
        plain.extend(_copies(values))
        return _masked(_shortened(text, plain), plain)
    except Exception:  # noqa: BLE001 - whatever went wrong, the text must not get out
        return UNSAFE
    finally:
        for value in plain:
            wipe(value)


def scrubbed_error(
    error: BaseException, values: Iterable[SecureString], doing: str, hint: str | None = None
) -> DuckDBIntegrationError:
    """Return an error to raise instead of DuckDB's, with its text scrubbed.

    Raise it outside the `except` block: inside, Python would hang the original, which holds the value, on it.
    """
    text = scrub(_first_lines(str(error)), values)
    return DuckDBIntegrationError(f"{doing}: {text}", hint=hint)


def guarded(
    action: Callable[[], Result], values: Iterable[SecureString], doing: str, hint: str | None = None
) -> Result:
    """Carry out an action that talks to DuckDB; raises `DuckDBIntegrationError` with a scrubbed text when it fails."""
    try:
        return action()
    except SecretError:
        raise
    except Exception as error:  # noqa: BLE001 - DuckDB raises several kinds, extensions further ones
        failure = scrubbed_error(error, values, doing, hint)
    try:
        raise failure
    finally:
        del failure  # or the error and this frame would hold each other, and every value of our callers, for a while


def _first_lines(text: str) -> str:
    """Drop the lines of advice that DuckDB adds, and its picture of the statement."""
    kept = []
    for line in text.strip().splitlines():
        if line.startswith(("LINE ", "For more info", "Candidate extensions")):
            break
        kept.append(line)
    return " ".join(" ".join(kept).split())


def _copies(values: Iterable[SecureString]) -> Iterable[bytes]:
    for value in values:
        with value.exposed() as view:
            if len(view):
                yield bytes(view)


def _shortened(text: str, plain: list[bytes]) -> str:
    """Mask the plain long values first, so that cutting an endless text costs nothing of its sense."""
    if len(text) <= LONGEST_TEXT:
        return text
    for value in sorted(plain, key=len, reverse=True):
        if len(value) >= _PIECE:
            text = text.replace(value.decode(), MASK)
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …"


def _masked(text: str, plain: list[bytes]) -> str:
    hidden = bytearray(len(text) + 1)
    for reading in readings.of(text):
        for start, end in _found(reading, plain):
            first, last = reading.starts[start], reading.ends[end - 1]
            hidden[first:last] = b"\1" * (last - first)
    pieces, position = [], 0
    while position < len(text):
        start = hidden.find(1, position)
        if start < 0:
            break
        end = hidden.find(0, start)
        pieces += [text[position:start], MASK]
        position = end
    return "".join([*pieces, text[position:]])


def _found(reading: readings.Reading, plain: list[bytes]) -> Iterable[tuple[int, int]]:
    for value in plain:
        if len(value) < _SHORT:
            yield from _enclosed(reading.data, value)
        else:
            yield from _whole(reading.data, value)
            if len(value) > _PIECE:
                yield from _pieces(reading.data, value)


def _whole(data: bytes, value: bytes) -> Iterable[tuple[int, int]]:
    start = data.find(value)
    while start >= 0:
        yield start, start + len(value)
        start = data.find(value, start + 1)


def _enclosed(data: bytes, value: bytes) -> Iterable[tuple[int, int]]:
    for start, end in _whole(data, value):
        before, after = data[:start].rstrip(b" ")[-1:], data[end : end + 1]
        near = data[start - 1 : start] if start else b""
        opened = near != b"" and near in _BEFORE and before != b"" and before in _OPENERS
        if opened and (after == b"" or after in _AFTER):
            yield start, end


def _pieces(data: bytes, value: bytes) -> Iterable[tuple[int, int]]:
    position = 0
    while position + _PIECE <= len(data):
        if data[position : position + _PIECE] not in value:
            position += 1
            continue
        end = position + _PIECE
        while end < len(data) and data[position : end + 1] in value:
            end += 1
        if data[position:end].strip(b" =:;.,'\"/").lower() not in _COMMON:
            yield position, end
        position = end - _PIECE + 1
