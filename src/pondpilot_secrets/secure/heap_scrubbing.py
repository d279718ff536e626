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
    from collections.abc import Iterator

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


@contextlib.contextmanager
def scrub_on_free() -> Iterator[None]:
    """For the length of a `with` block, have glibc overwrite the memory that any thread frees; elsewhere do nothing.

    A small block that its thread keeps at hand is not overwritten, which is what `scrub_freed_blocks` is for.
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
    chosen = "MALLOC_PERTURB_" in os.environ or "malloc.perturb" in os.environ.get("GLIBC_TUNABLES", "")
    if chosen or not sys.platform.startswith("linux"):
        return None
    return getattr(_c_library(), "mallopt", None)


@functools.cache
def _c_library() -> Any:
    import ctypes

    library = ctypes.CDLL(None)
    library.malloc.restype, library.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    library.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    return library
