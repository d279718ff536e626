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

from pondpilot_secrets import log
from pondpilot_secrets.access.presence.processes import start_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_REGISTERED_WITHIN = 3.0
_DIES_WITHIN = 0.1
_ENDED_WITHIN = 2.0
"""Seconds. One that dies closes its end a moment before the system says that it is dead."""


@contextlib.contextmanager
def agent_for_this_process(
    find: Callable[[str], str | None] = shutil.which, is_terminal: Callable[[int], bool] = os.isatty
) -> Iterator[bool]:
    """Run the agent for this process; gives whether it is ready: not without a terminal, nor where it is not installed."""
    program = find("pkttyagent")
    if program is None or not is_terminal(0):
        log.debug("access", "no terminal agent: %s", "it is not installed" if program is None else "no terminal")
        yield False
        return
    with contextlib.ExitStack() as stack:
        registered, notify = os.pipe()
        stack.callback(os.close, registered)
        try:
            process = f"{os.getpid()},{start_time(os.getpid())}"
            command = [program, "--process", process, "--notify-fd", str(notify)]
            agent = stack.enter_context(contextlib.closing(_Agent(subprocess.Popen(command, pass_fds=(notify,)))))
        finally:
            os.close(notify)
        # It closes its end when polkit has taken it, and when it dies.
        ready, _, _ = select.select([registered], [], [], _REGISTERED_WITHIN)
        if not ready:
            log.debug("access", "the terminal agent did not register within %g s", _REGISTERED_WITHIN)
        yield bool(ready) and not agent.ends_within(_DIES_WITHIN)


class _Agent:
    """The process; closing ends it, upon which it gives the terminal its echo back."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def ends_within(self, seconds: float) -> bool:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def close(self) -> None:
        self._process.terminate()
        if not self.ends_within(_ENDED_WITHIN):
            log.debug("access", "the terminal agent did not end, and is killed")
            self._process.kill()
            self._process.wait()
