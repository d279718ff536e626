"""Finding a marker in another process's memory: `python -m tests.memory.scan PID MARKER` does it from a shell.

Whatever a process has written lies in its writable mappings: heap, arenas, thread stacks, globals. All of them are
read through `/proc/PID/mem` while the process waits. The needle lives in the scanning process alone, so that a search makes
no copy where it searches.
"""

from __future__ import annotations

import array
import base64
import ctypes
import json
import os
import re
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LEAST = 16
"""Characters of a fragment that counts as a copy."""

PIECE = 8
"""The marker is looked for in aligned pieces of 8 characters, so that any fragment of 15 is found, wherever it was cut."""

_memmem = ctypes.CDLL(None).memmem
_memmem.restype, _memmem.argtypes = (
    ctypes.c_void_p,
    [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t],
)

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ \d+\s*(.*)")


@dataclass(frozen=True)
class Mapping:
    """A range of a process's addresses, and the flags of the kernel on it (`lo`: locked, `dd`: left out of core dumps)."""

    start: int
    end: int
    permissions: str
    name: str
    flags: frozenset[str]

    @property
    def protected(self) -> bool:
        """Whether this is a page range of `pondpilot_secrets.secure.arena`."""
        return "dd" in self.flags


@dataclass(frozen=True)
class Copy:
    """A copy, or a piece of one, that was found."""

    encoding: str
    address: int
    length: int
    whole: bool
    mapping: Mapping

    @property
    def spilled(self) -> bool:
        """Whether it is what the dynamic linker may leave: a piece on the stack, where it saves the vector registers.

        It does so while it looks up a function that a library calls for the first time, whatever the registers held last.
        """
        return not self.whole and self.mapping.name == "[stack]"

    def __str__(self) -> str:
        size = "whole" if self.whole else f"{self.length} bytes of it"
        where = self.mapping.name or "anonymous memory"
        return (
            f"{size} in {self.encoding} at {self.address:x} ({where}{', protected' if self.mapping.protected else ''})"
        )


def encodings(marker: str) -> dict[str, bytes]:
    """Every way in which Python, DuckDB and the libraries between them may hold a text."""
    raw = marker.encode()
    found = {"UTF-8": raw, "UTF-16": marker.encode("utf-16-le"), "UTF-32": marker.encode("utf-32-le")}
    if all(letter < "\u0100" for letter in marker):
        found["Latin-1"] = marker.encode("latin-1")
    found["JSON"] = json.dumps(marker)[1:-1].encode()
    found["URL"] = urllib.parse.quote(marker, safe="").encode()
    found["hex"] = raw.hex().encode()
    for shift in range(3):
        # The part that is the same whatever stands before and after the marker in the encoded text.
        whole = base64.b64encode(b"\0" * shift + raw)
        found[f"base64 at {shift}"] = whole[4 if shift else 0 : len(whole) // 4 * 4 - 4]
    distinct: dict[bytes, str] = {}
    for name, needle in found.items():
        distinct.setdefault(needle, name)
    return {name: needle for needle, name in distinct.items()}


def mappings(pid: int) -> Iterator[Mapping]:
    """The writable mappings of a process, those that it shares with others among them."""
    entry: re.Match[str] | None = None
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        entry = _MAPPING.fullmatch(line) or entry
        if line.startswith("VmFlags:") and entry is not None and entry[3].startswith("rw"):
            yield Mapping(int(entry[1], 16), int(entry[2], 16), entry[3], entry[4], frozenset(line.split()[1:]))


def scan(pid: int, marker: str) -> list[Copy]:
    """Every copy of the marker in the process's memory; the process must be at rest."""
    found = []
    process = Path(f"/proc/{pid}")
    with (process / "mem").open("rb", buffering=0) as memory, (process / "pagemap").open("rb", buffering=0) as page_map:
        for mapping in mappings(pid):
            for start, end in _present(page_map.fileno(), mapping):
                found += search(os.pread(memory.fileno(), end - start, start), start, marker, mapping)
    return found


def search(data: bytes, base: int, marker: str, mapping: Mapping) -> list[Copy]:
    """Every copy of the marker in data that begins at an address."""
    found: list[Copy] = []
    for encoding, needle in encodings(marker).items():
        size = PIECE * {"UTF-16": 2, "UTF-32": 4, "hex": 2}.get(encoding, 1)
        found += _copies(data, base, encoding, needle, size, mapping)
    return _without_echoes(found)


def _present(page_map: int, mapping: Mapping) -> Iterator[tuple[int, int]]:
    """The ranges of a mapping that have pages at all, in memory or in swap: most of a thread's stack has none."""
    size = os.sysconf("SC_PAGE_SIZE")
    first, count = mapping.start // size, (mapping.end - mapping.start) // size
    entries = array.array("Q", os.pread(page_map, 8 * count, 8 * first))
    there = [bool(entry >> 62) for entry in entries]
    start = None
    for number, present in enumerate([*there, False]):
        if present and start is None:
            start = number
        elif not present and start is not None:
            yield (first + start) * size, (first + number) * size
            start = None


def _copies(data: bytes, base: int, encoding: str, needle: bytes, size: int, mapping: Mapping) -> Iterator[Copy]:
    """Put the pieces together again that stand where a copy would have them."""
    pieces = [needle[start : start + size] for start in range(0, len(needle) - size + 1, size)]
    starts: dict[int, list[int]] = {}
    for number, piece in enumerate(pieces):
        for at in _occurrences(data, piece):
            starts.setdefault(at - number * size, []).append(number)
    for start, numbers in sorted(starts.items()):
        for first, last in _runs(sorted(set(numbers))):
            begin, end = _extended(data, start, needle, first * size, (last + 1) * size)
            if end - begin >= min(LEAST // PIECE * size, len(needle)):
                yield Copy(encoding, base + start + begin, end - begin, end - begin == len(needle), mapping)


def _occurrences(data: bytes, piece: bytes) -> Iterator[int]:
    """Where a piece stands, by the C library, which is three times as fast as `bytes.find`."""
    beginning = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value or 0
    position = 0
    while found := _memmem(beginning + position, len(data) - position, piece, len(piece)):
        yield found - beginning
        position = found - beginning + 1


def _extended(data: bytes, start: int, needle: bytes, begin: int, end: int) -> tuple[int, int]:
    """Find out how much of the needle really stands there, beyond the pieces that were found."""
    while begin and start + begin and data[start + begin - 1] == needle[begin - 1]:
        begin -= 1
    while end < len(needle) and data[start + end : start + end + 1] == needle[end : end + 1]:
        end += 1
    return begin, end


def _runs(numbers: list[int]) -> Iterator[tuple[int, int]]:
    first = previous = numbers[0]
    for number in numbers[1:]:
        if number != previous + 1:
            yield first, previous
            first = number
        previous = number
    yield first, previous


def _without_echoes(found: list[Copy]) -> list[Copy]:
    """Leave out pieces of one encoding inside a longer find of another: ASCII parts look the same in several."""
    kept: list[Copy] = []
    for copy in sorted(found, key=lambda copy: -copy.length):
        if not any(
            other.address <= copy.address and copy.address + copy.length <= other.address + other.length
            for other in kept
        ):
            kept.append(copy)
    return sorted(kept, key=lambda copy: copy.address)


if __name__ == "__main__":
    for one in scan(int(sys.argv[1]), sys.argv[2]):
        print(one)
