"""The vault's writer lock: one writer at a time, in the order in which they came, gone with the process that held it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Self

from pondpilot_secrets import log
from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.metadata import file_lock
from pondpilot_secrets.metadata.lock_queue import LockQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType

DEADLINE = 10.0
"""Seconds that a writer waits for another, unless told otherwise."""


class WriteLock:
    """A lock on a file in the vault's home; re-entrant within a thread, exclusive between threads and processes.

    Threads wait for each other as processes do, in one queue. The kernel releases the lock when its process dies, however
    that happens, so there are no stale locks. Use it as a context manager, or `held(deadline)` for another patience than
    ten seconds.
    """

    def __init__(
        self,
        path: Path,
        deadline: float = DEADLINE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Touch nothing yet. `deadline`, and what `clock` gives and `sleep` takes, are in seconds."""
        self.path = path
        self.deadline = deadline
        self._clock = clock
        self._sleep = sleep
        self._queue = LockQueue(path, clock)
        # Written by the thread that holds the lock and by no other.
        self._owner: tuple[int, int] | None = None
        self._depth = 0
        self._descriptor = -1

    @contextlib.contextmanager
    def held(self, deadline: float | None = None) -> Iterator[Self]:
        """Hold the lock for a `with` block; `deadline` is in seconds, 0 tries once. Raises `VaultBusyError`."""
        self.acquire(deadline)
        try:
            yield self
        finally:
            self.release()

    def acquire(self, deadline: float | None = None) -> None:
        """Take the lock, or raise `VaultBusyError` (1021) when it is not free within `deadline` seconds.

        With a deadline of 0 it is taken only if it is free now, and then before those who wait for it.
        """
        if self._owner != _this_thread():
            patience = self.deadline if deadline is None else deadline
            descriptor = self._try() if patience <= 0 or self._queue.first() is None else None
            if descriptor is None and patience > 0:
                descriptor = self._wait(self._clock() + patience)
            if descriptor is None:
                raise self._busy(patience)
            self._descriptor, self._owner = descriptor, _this_thread()
        self._depth += 1

    def release(self) -> None:
        """Give back one `acquire`; the last one lets others in."""
        if self._owner != _this_thread():
            raise RuntimeError("the write lock is not held by this thread")
        self._depth -= 1
        if self._depth == 0:
            descriptor, self._descriptor, self._owner = self._descriptor, -1, None
            try:
                file_lock.unlock(descriptor)
            except OSError as error:  # closing it lets go as well
                log.debug("metadata", "the write lock could not be unlocked: %s", error)
            os.close(descriptor)

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _wait(self, end: float) -> int | None:
        """Wait in the queue until a moment of the clock; returns the descriptor, or None when it has come.

        No platform waits for a lock on a file with a deadline and without a thread or a signal of its own, so it looks again
        and again. That does not make it unfair, as the queue says whose turn it is.
        """
        with self._queue.entered() as entry:
            while True:
                descriptor = self._try() if entry.may_try() else None
                left = end - self._clock()
                if descriptor is not None or left <= 0:
                    return descriptor
                self._sleep(min(entry.pause(), left))

    def _try(self) -> int | None:
        """Take the lock if it is free; returns the descriptor that holds it, or None."""
        descriptor = self._open()
        taken = False
        try:
            taken = file_lock.try_lock(descriptor) and self._is_still_there(descriptor)
            if taken:
                self._sign(descriptor)
        except OSError as error:
            raise VaultError(
                f"the vault's lock {self.path} cannot be taken: {error.strerror}",
                hint="the vault must be on a file system that has locks",
            ) from error
        finally:
            if not taken:
                os.close(descriptor)
        return descriptor if taken else None

    def _open(self) -> int:
        try:
            # In a folder that others may write to, a link of theirs would have us write into another file of ours.
            return os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError as error:
            raise VaultError(
                f"cannot open the vault's lock {self.path}: {error.strerror}",
                hint="the vault's folder must exist and be writable by you",
            ) from error

    def _is_still_there(self, descriptor: int) -> bool:
        """Whether the file that was locked is the one others will open: somebody may have deleted it meanwhile."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))  # noqa: PTH116 - 3 µs cheaper
        except FileNotFoundError:
            return False

    @staticmethod
    def _sign(descriptor: int) -> None:
        """Leave the holder's process number for the error message of those who wait in vain."""
        try:
            os.write(descriptor, b"%-10d\n" % os.getpid())
        except OSError as error:  # a full disk is no reason not to lock
            log.debug("metadata", "the write lock could not be signed: %s", error)

    def _holder(self) -> str:
        """Who holds the lock, as far as the file says."""
        descriptor = self._open()
        try:
            number = os.read(descriptor, 11).decode("ascii", "replace").strip()
        except OSError as error:
            log.debug("metadata", "the write lock could not be read: %s", error)
            number = ""
        finally:
            os.close(descriptor)
        if not number.isdecimal():
            return "another process"
        return f"process {number} (this program)" if int(number) == os.getpid() else f"process {number}"

    def _busy(self, patience: float) -> VaultBusyError:
        return VaultBusyError(
            f"timed out after {patience:g} s: {self._holder()} holds the write lock of the vault in {self.path.parent}"
        )


def _this_thread() -> tuple[int, int]:
    """This thread of this process: a forked child has the numbers of its parent's threads and none of their locks."""
    return os.getpid(), threading.get_ident()
