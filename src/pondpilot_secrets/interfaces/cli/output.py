"""What goes to standard output and how: plain tables, JSON, and colour only where a person looks at it."""

from __future__ import annotations

import os
import re
import sys
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pondpilot_secrets.access.grants import Access
    from pondpilot_secrets.secure import SecureString

_COLOURS = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_STEERING = (
    r"\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
"""What a terminal obeys, or what changes the order or hides the presence of others, besides ASCII's control characters."""

_BAR = 20
"""How many characters wide a bar of progress is."""

_CONTROL = rf"[\x00-\x1f{_STEERING}]"
_CONTROL_BUT_LINES = rf"[\x00-\x09\x0b-\x1f{_STEERING}]"


def is_coloured(stream: IO[str]) -> bool:
    """Whether a stream is a terminal that may be coloured (NO_COLOR and TERM=dumb forbid it)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: IO[str]) -> str:
    """Return the text in a colour, or as it is where colour has no place."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m" if is_coloured(stream) else text


def escape_text(text: str, *, lines: bool = False) -> str:
    """Return the text with control characters written out, so that data cannot steer a terminal."""
    return text if text.isprintable() else re.sub(_CONTROL_BUT_LINES if lines else _CONTROL, _escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    code = ord(character)
    written = f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return known.get(character, written)


def width(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    if text.isascii():
        return len(text)
    import unicodedata

    joined = (unicodedata.combining(letter) or letter in "\u200b\u200d\ufe0f" for letter in text)
    wide = (unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return sum(0 if zero else 2 if double else 1 for zero, double in zip(joined, wide, strict=True))


def pad(text: str, columns: int, *, right: bool = False) -> str:
    """Return the text filled up with spaces to a width."""
    space = " " * (columns - width(text))
    return space + text if right else text + space


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns under their headers."""
    clean = [[escape_text(cell) for cell in row] for row in rows]
    widths = [max(map(width, column)) for column in zip(headers, *clean, strict=True)]
    head = _line(headers, widths)
    say(paint(head, "bold", sys.stdout))
    for row in clean:
        say(_line(row, widths))


def print_pairs(pairs: Iterable[tuple[str, str]]) -> None:
    """Print names and what they stand for, aligned."""
    listed = list(pairs)
    columns = max((width(name) for name, _ in listed), default=0)
    for name, text in listed:
        say(f"{pad(name, columns)}  {escape_text(text)}".rstrip())


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(pad(cell, columns) for cell, columns in zip(cells, widths, strict=True)).rstrip()


def print_json(value: object) -> None:
    """Print a result that holds no secret value as JSON."""
    import json

    from pondpilot_secrets.commands.codec import to_json

    say(escape_json(json.dumps(to_json(value), ensure_ascii=False, indent=2)))


def print_secret_json(value: object, access: Access) -> None:
    """Print a result with its secret values as a line of JSON, which is in no buffer of Python's."""
    from pondpilot_secrets.commands.codec import to_json_text

    with to_json_text(value, access) as document:
        write_secret(document, ending=b"\n")


def write_secret(value: SecureString, *, ending: bytes) -> None:
    """Write a value to standard output past Python's buffers, which would keep a copy."""
    sys.stdout.flush()
    output = sys.stdout.fileno()
    with value.exposed() as view:
        written = 0
        while written < len(view):
            written += os.write(output, view[written:])
    os.write(output, ending)


def escape_json(text: str) -> str:
    """Return a JSON text with what could steer a terminal as JSON's own escapes, so that it says the same."""
    return text if text.isascii() and "\x7f" not in text else re.sub(f"[{_STEERING}]", _escaped_in_json, text)


def _escaped_in_json(match: re.Match[str]) -> str:
    import json

    return "\\u007f" if match[0] == "\x7f" else json.dumps(match[0])[1:-1]


def say(text: str) -> None:
    """Print a line of data."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """Tell a person something that is not data."""
    sys.stderr.write(escape_text(text, lines=True) + "\n")


def print_progress(done: int, total: int) -> None:
    """Draw a bar on a terminal, for a person who waits for several."""
    if total > 1 and sys.stderr.isatty():
        filled = _BAR * done // total
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}{end}")
        sys.stderr.flush()


def local_time(moment: datetime | None) -> str:
    """Return a moment in local time, for people."""
    return "never" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M")
