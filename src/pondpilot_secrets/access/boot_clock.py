"""The time since the machine started: the same for all processes, and nobody can set it back or forth."""

from __future__ import annotations

import sys
import time


def nanoseconds_since_boot() -> int:
    """Return the nanoseconds since the machine started, those that it slept included where the system counts them."""
    if sys.platform == "win32":
        return time.monotonic_ns()
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # macOS has the second only, and there it counts sleep as well
        clock = getattr(time, name, None)
        if clock is not None:
            return time.clock_gettime_ns(clock)
    return time.monotonic_ns()
