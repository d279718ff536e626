"""What a process of our own does for the values in it, and a library must not do to the process that it is a guest in.

Our own programs (the command, the process of a probe; a server, a desktop window) call `prepare_own_process` before they see
a value, and nothing else does. A program that uses the library may call it as well.
"""

from __future__ import annotations

import functools
import sys

from pondpilot_secrets import log
from pondpilot_secrets.secure import heap_scrubbing

_PR_SET_DUMPABLE = 4


def prepare_own_process() -> None:
    """Close this process to core dumps and other programs, and have what is freed beside a value overwritten."""
    protect_process()
    heap_scrubbing.enable_scrub_on_free()


@functools.cache
def protect_process() -> bool:
    """Make this process leave no core dump, and on Linux be unreadable to all but root; returns whether that was done.

    On Linux it takes the process's `dumpable` flag away. The kernel then writes no core, neither to a file nor to a program
    that collects them, and gives `/proc/PID` to root: no other program of this user can read the memory, the environment or
    the open files, or attach a debugger. A limit on the core's size would do less (a program that collects cores may ignore
    it) and would be inherited. The flag ends with `exec`, so `pond exec` and `pond shell` hand on what they were given. The
    process itself keeps its `/dev/fd/N` and its locked pages.

    On macOS and other systems the core's size is limited to nothing, softly: a child may raise the limit again, and
    `restore_core_limit` does so before this process becomes another program. Debuggers are kept out there by the system,
    for signed programs. On Windows there is nothing of the kind: crash dumps are an administrator's setting, and any program
    of the user may open the process.
    """
    if sys.platform.startswith("linux"):
        return _take_dumpable_away()
    return _limit_cores()


def restore_core_limit() -> None:
    """Give back the limit that a program which takes this process's place would inherit; does nothing on Linux."""
    if sys.platform != "win32" and _limits_before:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, _limits_before.pop())


_limits_before: list[tuple[int, int]] = []


def _take_dumpable_away() -> bool:
    import ctypes

    return bool(ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


def _limit_cores() -> bool:
    if sys.platform == "win32":
        return False
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, hard))
    except (OSError, ValueError) as error:
        log.debug("secure", "core dumps are not limited: %s", type(error).__name__)
        return False
    _limits_before.append((soft, hard))
    return True
