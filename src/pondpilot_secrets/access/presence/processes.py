"""When a process began, so that a number which the system gave to another process since is not taken for it."""

from __future__ import annotations

from pondpilot_secrets import log


def start_time(pid: int) -> int:
    """Return when a process began, in clock ticks since boot; 0 where the system does not say."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 - pathlib costs 4 ms
            return parse_start_time(file.read())
    except (OSError, ValueError, IndexError) as error:
        log.debug("access", "this system does not say when process %d began: %s", pid, error)
        return 0


def parse_start_time(stat: bytes) -> int:
    """Return field 22 of a line of /proc/PID/stat (proc(5)).

    The second field is the program's name in brackets, and may itself hold brackets, spaces and line ends: what counts
    comes after the last bracket. Raises `ValueError` or `IndexError` for anything else.
    """
    after_name = stat[stat.rindex(b")") + 1 :].split()
    return int(after_name[22 - 3])
