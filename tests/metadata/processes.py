"""Other processes that hold the write lock, wait for it, or keep the processors busy."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_HOLDER = """
import sys, time
from pathlib import Path
from pondpilot_secrets.metadata.write_lock import WriteLock
with WriteLock(Path(sys.argv[1])).held(60):
    print("held", flush=True)
    time.sleep(60)
"""


@contextlib.contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[str]]:
    """A Python that is killed at the end."""
    with subprocess.Popen([sys.executable, "-c", *command], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@contextlib.contextmanager
def holder_of(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock until it is killed."""
    with running(_HOLDER, str(lock)) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


@contextlib.contextmanager
def waiter_for(lock: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that has entered the queue for the lock, which somebody holds, and says `held` when it has it."""
    with running(_HOLDER, str(lock)) as process:
        until(lambda: any(name.name.endswith(f".{process.pid}") for name in entries_for(lock)))
        yield process


@contextlib.contextmanager
def busy_loops(number: int) -> Iterator[None]:
    """Processes that never rest."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            stack.enter_context(running("while True: pass"))
        yield


def entries_for(lock: Path) -> list[Path]:
    """The entries in the lock's queue, first come first."""
    return sorted(lock.parent.glob(f"{lock.name}.*"))


def until(condition: Callable[[], bool]) -> None:
    """Wait for what another process does; fails after a minute."""
    for _ in range(6000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")
