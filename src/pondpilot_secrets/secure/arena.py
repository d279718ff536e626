"""Memory for secret values: pages of their own, kept out of swap and core dumps where the system allows, zeroed on release.

Many values share a locked page range, because `mlock` counts whole pages and unprivileged processes may lock few.
"""

from __future__ import annotations

import mmap
import sys
import threading
import weakref

PAGE_RANGE = 64 * 1024
SMALLEST_SLOT = 64
LARGEST_SHARED_SLOT = 16 * 1024
_MANY = 16


class ArenaSlot:
    """A writable range of secret memory; `view` is exactly as long as was asked for."""

    __slots__ = ("_capacity", "_home", "_pages", "_views", "view")

    def __init__(self, home: memoryview, length: int, capacity: int, pages: mmap.mmap | None) -> None:
        self._home = home
        self._capacity = capacity
        self._pages = pages  # only for a value that has pages of its own
        self.view = home[:length]
        self._views: list[weakref.ref[memoryview]] = []

    def readonly_view(self) -> memoryview:
        """Give a read-only view that ends with the slot, at the latest."""
        if len(self._views) >= _MANY:
            self._views = [each for each in self._views if each() is not None]
        view = self.view.toreadonly()
        self._views.append(weakref.ref(view))
        return view

    def release(self) -> None:
        """Zero the range and give it back; one that somebody reads at this very moment is zeroed and not used again."""
        self._home[:] = bytes(self._capacity)
        views = [view for each in self._views if (view := each()) is not None]
        if not _release_view(self.view) or sum(map(_release_view, views)) < len(views):
            return
        if self._pages is None:
            _arena.give_back(self._home, self._capacity)
        else:
            self._home.release()
            self._pages.close()


def _release_view(view: memoryview) -> bool:
    try:
        view.release()
    except BufferError:  # a library works on it, in another thread
        return False
    return True


class _Arena:
    """Hands out slots in sizes of powers of two from shared page ranges."""

    def __init__(self) -> None:
        # Reentrant: the collector may run a finaliser, and so a release, while this thread is inside.
        self._lock = threading.RLock()
        self._free: dict[int, list[memoryview]] = {}
        self._rest = memoryview(bytearray())

    def take(self, length: int) -> ArenaSlot:
        if length > LARGEST_SHARED_SLOT:
            pages = _protected_pages(length)
            return ArenaSlot(memoryview(pages), length, len(pages), pages)
        capacity = max(SMALLEST_SLOT, 1 << (length - 1).bit_length()) if length else SMALLEST_SLOT
        with self._lock:
            free = self._free.setdefault(capacity, [])
            home = free.pop() if free else self._carve(capacity)
        return ArenaSlot(home, length, capacity, None)

    def _carve(self, capacity: int) -> memoryview:
        if len(self._rest) < capacity:
            self._rest = memoryview(_protected_pages(PAGE_RANGE))
        home, self._rest = self._rest[:capacity], self._rest[capacity:]
        return home

    def give_back(self, home: memoryview, capacity: int) -> None:
        with self._lock:
            self._free.setdefault(capacity, []).append(home)


def _protected_pages(length: int) -> mmap.mmap:
    if sys.platform == "win32":
        pages = mmap.mmap(-1, length)
    else:
        # Private: Python's default shares the pages with forked children, who would wipe and overwrite our values.
        pages = mmap.mmap(-1, length, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux":
        pages.madvise(mmap.MADV_DONTDUMP)
    _lock_in_memory(pages)
    return pages


def _lock_in_memory(pages: mmap.mmap) -> None:
    """Ask the system not to swap these pages; a refusal (a small RLIMIT_MEMLOCK) is no error."""
    import ctypes

    start = ctypes.c_char.from_buffer(pages)
    address, length = ctypes.c_void_p(ctypes.addressof(start)), ctypes.c_size_t(len(pages))
    del start
    if sys.platform == "win32":
        ctypes.windll.kernel32.VirtualLock(address, length)
    else:
        ctypes.CDLL(None).mlock(address, length)


_arena = _Arena()
take = _arena.take
