"""The queue before the write lock, so that writers get it in the order in which they came.

The process that lets go of a lock is running, and those that wait for it sleep: left to themselves, the one that just
had it takes it again before any other has woken up. So a writer that finds the lock held puts an entry into the queue,
a file beside the lock, `write.lock.MOMENT.PID`, and only the first in the queue may take the lock; newcomers go behind.
The order depends on who came when, and not on who is woken up first or how often each looks.

An entry is locked by its owner for as long as it waits. The kernel unlocks it when its owner dies, and the next one who
looks removes it. The queue gives the order only: that there is one writer at a time is the write lock's own doing, so that
nothing in the queue can break it. Where no entry can be made (the disk is full), a writer waits without one.

Measured beside two busy loops on two cores, six writers that never rest and hold the lock for 5 ms, 30 runs: the last had
0.72 of the turns of the first at worst, and nobody waited longer than 0.4 s. In the kernel's line it was 0.01 and 1.5 s: see
`docs/decisions/a-queue-before-the-write-lock.md`. A lock that nobody else wants costs 13 µs.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.metadata import file_lock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PAUSE_OF_FIRST, _PAUSE_OF_OTHERS, _LONGEST_PAUSE = 0.0001, 0.001, 0.01
"""Seconds. With 1 ms for the first, too, there were a tenth fewer turns."""
STALLED = 1.0
"""Seconds after which others may take the lock although one is before them who does not: it was suspended, say."""
_STALLED_PAUSE = 0.1


class LockQueue:
    """The writers that wait for one lock, of any process."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """`path` is that of the lock; nothing is read or written yet. `clock` gives seconds."""
        self._folder = str(path.parent)
        self._prefix = f"{path.name}."
        self._clock = clock

    def first(self) -> str | None:
        """Return the entry that is next, or None where nobody waits; entries of dead processes are removed."""
        for name in self._names():
            if not self._removed_if_dead(name):
                return name
        return None

    @contextlib.contextmanager
    def entered(self) -> Iterator[QueueEntry]:
        """Wait in the queue for the length of a `with` block."""
        name, descriptor = self._add_entry()
        try:
            yield QueueEntry(self, name, self._clock)
        finally:
            if descriptor is not None:
                self._remove(name, descriptor)

    def _names(self) -> list[str]:
        start = len(self._prefix)
        try:
            found = os.listdir(self._folder)  # noqa: PTH208 - 3 µs cheaper
        except OSError as error:  # what is wrong with the folder, taking the lock says
            log.debug("metadata", "the write lock's queue cannot be read: %s", error)
            return []
        names = [name for name in found if name.startswith(self._prefix)]
        return sorted(name for name in names if name[start:].replace(".", "").isdecimal())

    def _add_entry(self) -> tuple[str, int | None]:
        """Make an entry and lock it; returns its name, and its descriptor unless none can be made."""
        while True:
            # A moment of the clock that all processes share. Were it wrong, the order would be, and nothing else.
            name = f"{self._prefix}{time.monotonic_ns():020}.{os.getpid()}"
            try:
                descriptor = os.open(self._path(name), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:  # another thread came in the same nanosecond
                continue
            except OSError as error:
                log.debug("metadata", "waiting for the write lock without an entry in its queue: %s", error)
                return name, None
            try:
                locked = file_lock.try_lock(descriptor) and os.fstat(descriptor).st_nlink > 0
            except OSError as error:
                log.debug("metadata", "an entry in the write lock's queue could not be locked: %s", error)
                self._remove(name, descriptor)
                return name, None
            if locked:
                return name, descriptor
            self._remove(name, descriptor)  # somebody looked before it was locked, and took it for a dead one's

    def _removed_if_dead(self, name: str) -> bool:
        """Remove an entry that nobody has locked; returns whether it keeps nobody waiting."""
        descriptor = -1
        try:
            descriptor = os.open(self._path(name), os.O_RDWR)
            dead = file_lock.try_lock(descriptor)
        except OSError as error:
            # Gone by now, or another user's, of whom nobody can say whether they live: they must not stop the queue.
            log.debug("metadata", "an entry in the write lock's queue is passed over: %s", error)
            if descriptor >= 0:
                os.close(descriptor)
            return True
        if not dead:
            os.close(descriptor)
            return False
        log.debug("metadata", "removing an entry in the write lock's queue whose process died: %s", name)
        self._remove(name, descriptor)
        return True

    def _remove(self, name: str, descriptor: int) -> None:
        try:
            file_lock.remove_locked(self._path(name), descriptor)
        except OSError as error:
            log.debug("metadata", "an entry in the write lock's queue was not removed: %s", error)

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}"


class QueueEntry:
    """One writer's place in the queue."""

    def __init__(self, queue: LockQueue, name: str, clock: Callable[[], float]) -> None:
        self._queue = queue
        self._name = name
        self._clock = clock
        self._first: str | None = ""
        self._since = 0.0
        self._is_first = False

    def may_try(self) -> bool:
        """Whether it is this one's turn, or the one whose turn it is has let it pass for `STALLED` seconds."""
        if self._is_first:  # nobody comes before it any more
            return True
        first, now = self._queue.first(), self._clock()
        if first != self._first:
            self._first, self._since = first, now
        self._is_first = first is None or first >= self._name
        return self._is_first or now - self._since >= STALLED

    def pause(self) -> float:
        """Seconds until it is worth looking again: a twentieth of the time for which the same one has been first."""
        waited = self._clock() - self._since
        if self._is_first:
            return min(max(_PAUSE_OF_FIRST, waited / 20), _LONGEST_PAUSE)
        if waited >= STALLED:
            return _STALLED_PAUSE
        return min(max(_PAUSE_OF_OTHERS, waited / 20), _LONGEST_PAUSE)
