"""The vault's writer lock: one writer at a time, over threads and processes, gone with the process that held it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.metadata import file_lock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

DEADLINE = 10.0
"""Seconds that a writer waits for another, unless told otherwise."""


class WriteLock:
    """A lock on a file in the vault's home; re-entrant within a thread, exclusive between threads and processes.

    The kernel releases it when its process dies, however that happens, so there are no stale locks. Use it as a context
    manager, or `held(deadline)` for another patience than ten seconds.
    """

    def __init__(self, path: Path, deadline: float = DEADLINE) -> None:
        self.path = path
        self.deadline = deadline
        self._thread_lock = threading.RLock()
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
        """Take the lock, or raise `VaultBusyError` (1021) when it is not free within `deadline` seconds."""
        patience = self.deadline if deadline is None else deadline
        end = time.monotonic() + patience
        if not self._thread_lock.acquire(timeout=patience):
            raise self._busy(patience, "another thread of this program")
        try:
            if self._depth == 0:
                self._descriptor = self._lock_file(patience, end)
            self._depth += 1
        except BaseException:
            self._thread_lock.release()
            raise

    def release(self) -> None:
        """Give back one `acquire`; the last one lets others in."""
        if self._depth == 1:
            descriptor, self._descriptor = self._descriptor, -1
            with contextlib.suppress(OSError):
                file_lock.unlock(descriptor)
            os.close(descriptor)
        self._depth -= 1
        self._thread_lock.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _lock_file(self, patience: float, end: float) -> int:
        while True:
            descriptor = self._open()
            if not self._tried(descriptor):
                holder = self._holder(descriptor)
                if time.monotonic() >= end:
                    os.close(descriptor)
                    raise self._busy(patience, holder)
                if not file_lock.wait_for(descriptor, end):
                    raise self._busy(patience, holder)
            if self._is_still_there(descriptor):
                self._sign(descriptor)
                return descriptor
            os.close(descriptor)

    def _tried(self, descriptor: int) -> bool:
        try:
            return file_lock.try_lock(descriptor)
        except OSError as error:
            os.close(descriptor)
            raise VaultError(
                f"the vault's lock {self.path} cannot be taken: {error.strerror}",
                hint="the vault must be on a file system that has locks",
            ) from error
        except BaseException:
            os.close(descriptor)
            raise

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
        with contextlib.suppress(OSError):  # a full disk is no reason not to lock
            os.lseek(descriptor, 0, os.SEEK_SET)  # whoever waited has read the number of the holder before
            os.write(descriptor, b"%-10d\n" % os.getpid())

    @staticmethod
    def _holder(descriptor: int) -> str:
        try:
            number = os.read(descriptor, 11).decode("ascii", "replace").strip()
        except OSError:
            number = ""
        return f"process {number}" if number.isdecimal() else "another process"

    def _busy(self, patience: float, holder: str) -> VaultBusyError:
        waited = f"for {patience:g} seconds" if patience else "just now"
        return VaultBusyError(f"{holder} is changing the vault in {self.path.parent}, and was not done {waited}")
