"""Locking a whole file on each platform: one call tries, one lets go, and neither waits.

The kernel lets go of a lock when the process that holds it dies, however that happens. A lock belongs to the open file, so
two descriptors of one process keep each other out as those of two processes do.
"""

from __future__ import annotations

import os
import sys

if sys.platform == "win32":
    import msvcrt

    # Windows locks bytes and forbids reading them, so the locked byte lies far behind what the file holds.
    _LOCKED_BYTE = 1 << 30

    def try_lock(descriptor: int) -> bool:
        """Lock the open file unless another has it; raises `OSError` only for a descriptor that is no file."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, 0, os.SEEK_SET)
        return True

    def unlock(descriptor: int) -> None:
        """Let another have it."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def remove_locked(path: str, descriptor: int) -> None:
        """Remove a file that is locked, and close it; one that another process has open is left to that one."""
        os.close(descriptor)  # Windows removes no file that anybody has open
        os.unlink(path)  # noqa: PTH108 - this package's locks are taken with `os` throughout, see `write_lock`

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock the open file unless another has it; raises `OSError` where the file system has no locks."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Let another have it."""
        # Said aloud and not left to close(): a forked child may share the open file and would keep the lock.
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def remove_locked(path: str, descriptor: int) -> None:
        """Remove a file that is locked, and close it: in this order nobody can lock it in between."""
        try:
            os.unlink(path)  # noqa: PTH108 - as above
        finally:
            os.close(descriptor)
