"""Writing over the copies of a value that DuckDB leaves in memory which it has freed.

On its way into a secret DuckDB copies a bound value several times, and frees those copies without erasing them; dropping the
secret frees the last one the same way. Nobody can reach into its allocators. But an allocator hands out first what was freed
last: a statement that binds blanks of the same lengths is given the same blocks, and so writes over what they hold. glibc,
which serves part of it, can be told besides to overwrite most blocks as they are freed.

`docs/memory.md` says what this was measured to achieve, and what it cannot.
"""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

_TIMES = 3
"""Blanks for each value: as many copies of one length as DuckDB was seen to free at once."""

_LONGEST = 1 << 20
"""Bytes; blanks for a longer value would cost more memory than they are worth."""

_M_PERTURB = -6
_FILLING = 0x55


def overwrite(cursor: duckdb.DuckDBPyConnection, lengths: Sequence[int]) -> None:
    """Bind blanks of these lengths (bytes) in a statement that does nothing.

    What it overwrites is rubbish already, so a failure (an aborted transaction, an interrupt) is no error.
    """
    blanks = [" " * length for length in lengths if length <= _LONGEST for _ in range(_TIMES)]
    if blanks:
        with contextlib.suppress(Exception):
            cursor.execute(f"SELECT {', '.join('?' * len(blanks))}", blanks)


@contextlib.contextmanager
def overwritten_when_freed() -> Iterator[None]:
    """For the length of a `with` block, have glibc overwrite the memory that any thread frees; elsewhere do nothing.

    A small block that its thread keeps at hand is not overwritten, which is why `overwrite` is called as well.
    """
    _count(1)
    try:
        yield
    finally:
        _count(-1)


_guard = threading.Lock()
_inside = 0


def _count(change: int) -> None:
    global _inside
    set_option = _mallopt()
    if set_option is None:
        return
    with _guard:
        before, _inside = _inside, _inside + change
        if bool(before) is not bool(_inside):
            set_option(_M_PERTURB, _FILLING if _inside else 0)


@functools.cache
def _mallopt() -> Any:
    """Give glibc's `mallopt`; None where there is none, and where the user has set the same option for debugging."""
    import ctypes

    if (
        os.name != "posix"
        or "MALLOC_PERTURB_" in os.environ
        or "glibc.malloc.perturb" in os.environ.get("GLIBC_TUNABLES", "")
    ):
        return None
    return getattr(ctypes.CDLL(None), "mallopt", None)
