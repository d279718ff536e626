"""A secret that can be looked for: how it may be written, and where it is found."""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

MARKER = "p0nd'Märk\\er-7f3a9c2e51d8"
"""Odd enough to be changed by every way of quoting."""

PLAIN_MARKER = "p0ndPlainMarker7f3a9c2e51d84b60"
"""For fields that allow no odd characters."""


def encodings(marker: str) -> dict[str, bytes]:
    """The marker as it might have been written by somebody who did not mean to."""
    raw = marker.encode()
    texts = {
        "plain": marker,
        "url": urllib.parse.quote(marker, safe=""),
        "url plus": urllib.parse.quote_plus(marker),
        "json": json.dumps(marker)[1:-1],
        "json unicode": json.dumps(marker, ensure_ascii=False)[1:-1],
        "sql": marker.replace("'", "''"),
        "repr": repr(marker)[1:-1],
        "hex": raw.hex(),
        "reversed": marker[::-1],
        "html": html.escape(marker),
        "url, lower case": urllib.parse.quote(marker, safe="").lower(),
        "url twice": urllib.parse.quote(urllib.parse.quote(marker, safe=""), safe=""),
        "upper case": marker.upper(),
        "lower case": marker.lower(),
        "a piece at its end": marker[-12:],
        "utf-16": None,
    }
    found = {name: text.encode() for name, text in texts.items() if text is not None}
    found["utf-16"] = marker.encode("utf-16-le")
    for shift in range(3):
        # Base64 of the marker inside a longer text depends on its offset: the part that is the same for any neighbours.
        whole = base64.b64encode(b"\0" * shift + raw)
        found[f"base64 at {shift}"] = whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]
        again = base64.b64encode(b"\0" * shift + base64.b64encode(raw))
        found[f"base64 of base64 at {shift}"] = again[4 if shift else 0 : len(again) // 4 * 4 - 8]
    found["base64 for URLs"] = base64.urlsafe_b64encode(raw)[:-4]
    return found


def squeezed(data: bytes) -> bytes:
    """The data without its case, and without what is neither a letter nor a digit nor beyond ASCII."""
    return data.lower().translate(None, bytes(code for code in range(128) if not chr(code).isalnum()))


def occurrences(data: bytes, markers: tuple[str, ...] = (MARKER, PLAIN_MARKER)) -> Iterator[str]:
    """The names of the encodings under which a marker stands in the data."""
    for marker in markers:
        for name, needle in encodings(marker).items():
            if needle in data:
                yield f"{marker[:8]}… as {name}"
        if squeezed(marker.encode()) in squeezed(data):
            yield f"{marker[:8]}… broken up"


def files_with_a_marker(folder: Path) -> list[str]:
    """Every file below the folder in which, or in whose name, a marker stands."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            found.extend(f"{path}: {how}" for how in occurrences(path.read_bytes() + str(path).encode()))
    return found
