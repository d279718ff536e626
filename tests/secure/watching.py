"""Which secret values nobody has closed: those that still live, and those that were left to the garbage collector."""

from __future__ import annotations

import gc
import traceback
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from pondpilot_secrets.secure import SecureString


@dataclass
class Watch:
    """What was made since the watch began.

    Attributes:
        dropped: for each value that ended without having been closed, where it was made.
        still_open: for each value that holds something at the end of the watch, where it was made.
    """

    dropped: list[str] = field(default_factory=list)
    still_open: list[str] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Watch]:
    """Watch every value that is made in the block; what it says is complete when the block has ended."""
    watch, made = Watch(), dict[int, tuple[str, weakref.ref[SecureString]]]()
    fill, end = SecureString._fill, SecureString.__del__

    def noted(value: SecureString, parts: list[bytes]) -> None:
        fill(value, parts)
        place = _place()
        if not _is_constant(place):
            made[id(value)] = place, weakref.ref(value)

    def ended(value: SecureString) -> None:
        found = made.pop(id(value), None)
        if found is not None and not value.closed:
            watch.dropped.append(found[0])
        end(value)

    SecureString._fill, SecureString.__del__ = noted, ended  # type: ignore[method-assign]
    try:
        yield watch
    finally:
        alive = [(place, value()) for place, value in made.values()]
        watch.still_open += [place for place, value in alive if value is not None and not value.closed]
        del alive
        gc.collect()
        SecureString._fill, SecureString.__del__ = fill, end  # type: ignore[method-assign]


def _place() -> str:
    """The calls that led to a new value, the innermost first, outside of the class itself."""
    frames = [frame for frame in traceback.extract_stack() if "pondpilot_secrets" in frame.filename]
    outside = [frame for frame in reversed(frames) if not frame.filename.endswith("secure/secure_string.py")]
    return " < ".join(
        f"{frame.filename.rpartition('secrets/')[2]}:{frame.lineno} {frame.name}" for frame in outside[:4]
    )


def _is_constant(place: str) -> bool:
    """Whether a module made the value when it was imported: a text that is no secret, for as long as the process lives."""
    return place.partition(" < ")[0].endswith("<module>")
