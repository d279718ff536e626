"""Locking a file on each platform: trying, letting go, and waiting with a deadline and in turn."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time

_FIRST_PAUSE, _LONGEST_PAUSE = 0.001, 0.01

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes and forbids reading them, so the locked byte lies far behind the holder's number.
    _LOCKED_BYTE = 1 << 30

    def try_lock(descriptor: int) -> bool:
        """Lock the open file unless another has it."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    def unlock(descriptor: int) -> None:
        """Let another have it."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def wait_for(descriptor: int, end: float) -> bool:
        """Lock the file by a moment of the monotonic clock; where that fails, the descriptor is closed."""
        return _look_again_and_again(descriptor, end)

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock the open file unless another has it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Let another have it."""
        # Said aloud and not left to close(): a forked child may share the open file and would keep the lock.
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def wait_for(descriptor: int, end: float) -> bool:
        """Lock the file by a moment of the monotonic clock; where that fails, the descriptor is closed, now or later.

        Who looks again and again is overtaken by whoever comes back sooner: of eight writers that held the lock for 5 ms
        each, one waited 2.2 s. In the kernel's line the longest wait was 0.3 s.
        """
        try:
            line = _Line(descriptor)
        except RuntimeError:  # no thread can be started any more: the interpreter is ending
            return _look_again_and_again(descriptor, end)
        return line.moved_by(end)

    class _Line:
        """A thread that stands in the kernel's line for a lock, where waiting has no deadline."""

        def __init__(self, descriptor: int) -> None:
            self._descriptor = descriptor
            self._mutex = threading.Lock()
            self._ended = threading.Event()
            self._taken = self._left = False
            threading.Thread(target=self._stand, name="write-lock", daemon=True).start()

        def moved_by(self, end: float) -> bool:
            moved = False
            try:
                self._ended.wait(max(0.0, end - time.monotonic()))
                moved = self._taken
            finally:
                with self._mutex:
                    if self._taken and not moved:  # just too late, or interrupted
                        self._close()
                    self._left = not moved
            return moved

        def _stand(self) -> None:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            except OSError:  # a file system without locks, which trying told the caller already
                taken = False
            else:
                taken = True
            with self._mutex:
                if self._left or not taken:
                    self._close()
                else:
                    self._taken = True
                self._ended.set()

        def _close(self) -> None:
            with contextlib.suppress(OSError):
                unlock(self._descriptor)
            os.close(self._descriptor)
            self._taken = False


def _look_again_and_again(descriptor: int, end: float) -> bool:
    pause = _FIRST_PAUSE
    try:
        while not try_lock(descriptor):
            left = end - time.monotonic()
            if left <= 0:
                os.close(descriptor)
                return False
            time.sleep(min(pause, left))
            pause = min(pause * 2, _LONGEST_PAUSE)
    except BaseException:
        os.close(descriptor)
        raise
    return True
