"""Memory that a library has freed without erasing a copy of a value in it.

Nobody can reach into another library's allocator. But an allocator hands out first what was freed last, so that blocks of
the same size are the same blocks; and glibc can be told to overwrite most blocks as they are freed. Both together are what
can be done; `docs/memory.md` says what that was measured to achieve.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BLOCKS = 8
"""Blocks of each size that are overwritten: glibc keeps seven at hand for a thread."""

_CIPHER_BLOCK = 16
_LONGEST = 1 << 20
_M_PERTURB = -6
_FILLING = 0x55


def scrub_freed_blocks(length: int) -> None:
    """Overwrite what this thread freed last of blocks for `length` bytes, also with a NUL or a cipher's padding behind them.

    Does nothing for more than a megabyte, which the system takes back and gives out zeroed, and on Windows.
    """
    if sys.platform == "win32" or length > _LONGEST:
        return
    library = _c_library()
    padded = (length // _CIPHER_BLOCK + 1) * _CIPHER_BLOCK
    for size in (length, length + 1, padded):
        blocks = [library.malloc(size) for _ in range(_BLOCKS)]
        for block in blocks:
            if block:
                library.memset(block, 0, size)
                library.free(block)


def enable_scrub_on_free() -> None:
    """Let `scrub_on_free` work for the rest of this process, which must be our own: all of it frees more slowly then."""
    _perturb.enabled = True


def scrub_on_free() -> contextlib.AbstractContextManager[None]:
    """For the length of a `with` block, have glibc overwrite the memory that any thread frees, in a process of our own.

    Does nothing in anybody else's process, nor where there is no glibc. A small block that its thread keeps at hand is not
    overwritten, which is what `scrub_freed_blocks` is for.
    """
    return _perturb.held()


class Perturb:
    """glibc's setting `M_PERTURB`, on while at least one thread holds it; `find` gives `mallopt`, or None."""

    def __init__(self, find: Callable[[], Callable[[int, int], object] | None]) -> None:
        self.enabled = False
        self._find = find
        self._guard = threading.Lock()
        self._holders = 0

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the setting for a `with` block."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    def _count(self, change: int) -> None:
        with self._guard:
            before, self._holders = self._holders, self._holders + change
            if self.enabled and bool(before) is not bool(self._holders):
                set_option = self._find()
                if set_option is not None:
                    set_option(_M_PERTURB, _FILLING if self._holders else 0)


@functools.cache
def mallopt() -> Any:
    """Give glibc's `mallopt`; None where there is none, and where the user has set the same option for debugging."""
    chosen = "MALLOC_PERTURB_" in os.environ or "malloc.perturb" in os.environ.get("GLIBC_TUNABLES", "")
    if chosen or not sys.platform.startswith("linux"):
        return None
    return getattr(_c_library(), "mallopt", None)


_perturb = Perturb(mallopt)


@functools.cache
def _c_library() -> Any:
    import ctypes

    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    return library
