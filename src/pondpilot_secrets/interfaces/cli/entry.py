"""Where `pond` starts: what needs no parser is answered without one."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS_BEFORE_COLLECTING = 100_000
"""More than a short command makes. Looking for cyclic garbage after every 700, as Python does, costs it 7 ms of 120."""


def main() -> int:
    """Run `pond` with the words of the command line, and return its exit status."""
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTING)
    try:
        return _run()
    finally:
        gc.freeze()  # or the interpreter searches all there is for garbage once more as it ends, which takes 11 ms


def _run() -> int:
    _open_closed_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        from pondpilot_secrets._version import __version__

        sys.stdout.write(f"pond {__version__}\n")
        return 0
    from pondpilot_secrets.interfaces.cli.app import run

    return run(sys.argv[1:])


def _open_closed_streams() -> None:
    """Give streams that the caller closed to nobody: the next file opened would take their place, a vault's even."""
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (descriptor := os.open(os.devnull, os.O_RDWR)) < 3:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stdout or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = sys.stderr or open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
