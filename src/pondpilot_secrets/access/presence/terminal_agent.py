"""polkit's question in a terminal, where no desktop puts it: pkttyagent(1), for the length of one question.

Over SSH there is no authentication agent. `systemctl` and `pkcheck` then start this one, which comes with polkit, and so do
we. It reads the password from the terminal itself; nothing of it passes through this process.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import subprocess
from typing import TYPE_CHECKING

from pondpilot_secrets.access.presence.processes import start_time

if TYPE_CHECKING:
    from collections.abc import Iterator

_REGISTERED_WITHIN = 3.0
_ENDED_WITHIN = 2.0
"""Seconds."""


@contextlib.contextmanager
def serving_this_process() -> Iterator[bool]:
    """Run the agent for this process; gives whether it is ready: not without a terminal, nor where it is not installed."""
    program = shutil.which("pkttyagent")
    if program is None or not os.isatty(0):
        yield False
        return
    registered, notify = os.pipe()
    process = f"{os.getpid()},{start_time(os.getpid())}"
    command = [program, "--process", process, "--notify-fd", str(notify)]
    with contextlib.closing(_Agent(subprocess.Popen(command, pass_fds=(notify,)))) as agent:
        os.close(notify)
        # It closes its end when polkit has taken it, and when it dies.
        ready, _, _ = select.select([registered], [], [], _REGISTERED_WITHIN)
        os.close(registered)
        yield bool(ready) and agent.running


class _Agent:
    """The process; closing ends it, upon which it gives the terminal its echo back."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_ENDED_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
