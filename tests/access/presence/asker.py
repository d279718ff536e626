"""A child that asks polkit about itself as a user who is not root: once an agent waits for it, or in a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import pwd
import select
import termios
import time
import warnings
from typing import Any, Self

# Imported before the fork: the user `nobody` may not read the folders that they lie in.
import pondpilot_secrets.access.presence.terminal_agent
import pondpilot_secrets.keychain.bus  # noqa: F401
from pondpilot_secrets.access.presence.polkit import Polkit
from pondpilot_secrets.errors import SecretError

NOBODY = pwd.getpwnam("nobody").pw_uid


class Asker:
    """Forks a child that drops to `nobody`, waits for `go`, asks, and reports what came of it."""

    def __init__(self, bus_address: str, deadline: float = 5.0, *, terminal: bool = False) -> None:
        self._bus_address = bus_address
        self._deadline = deadline
        self._has_terminal = terminal
        self._terminal = -1

    def __enter__(self) -> Self:
        self._report, report = os.pipe()
        start, self._start = os.pipe()
        with warnings.catch_warnings():
            # Threads of other tests' servers may run; the child uses nothing of theirs.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid, self._terminal = pty.fork() if self._has_terminal else (os.fork(), -1)
        if self.pid == 0:
            os.read(start, 1)
            os.write(report, json.dumps(self._ask()).encode())
            os._exit(0)
        os.close(report)
        os.close(start)
        return self

    def __exit__(self, *exception: object) -> None:
        os.close(self._start)
        os.close(self._report)
        if self._has_terminal:
            os.close(self._terminal)
        os.waitpid(self.pid, 0)

    def go(self) -> dict[str, Any]:
        """Have it ask, and return `available`, `reason`, and `error`, `message` and `hint` of a refusal."""
        os.write(self._start, b"!")
        answer: dict[str, Any] = json.loads(os.read(self._report, 65536))
        return answer

    def type_in_its_terminal(self, typed: str) -> tuple[dict[str, Any], str]:
        """Have it ask, type this when a password is asked for, and return its report and what the terminal showed."""
        os.write(self._start, b"!")
        shown, reported = "", b""
        while not reported:
            ready, _, _ = select.select([self._terminal, self._report], [], [], 20)
            if self._terminal in ready:
                with contextlib.suppress(OSError):  # it has ended
                    shown += os.read(self._terminal, 4096).decode()
                if typed and shown.endswith("Password: "):
                    while self.echoes():  # the prompt comes a moment before, and what is typed till then is thrown away
                        time.sleep(0.01)
                    os.write(self._terminal, f"{typed}\n".encode())
                    typed = ""
            if self._report in ready:
                reported = os.read(self._report, 65536)
        answer: dict[str, Any] = json.loads(reported)
        return answer, shown

    def echoes(self) -> bool:
        """Whether its terminal shows what is typed."""
        return bool(termios.tcgetattr(self._terminal)[3] & termios.ECHO)

    def _ask(self) -> dict[str, Any]:
        os.environ["DBUS_SYSTEM_BUS_ADDRESS"] = self._bus_address
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.chdir("/")
        polkit = Polkit()
        status = polkit.available()
        answer: dict[str, Any] = {"available": status.available, "reason": status.reason, "error": None}
        try:
            polkit.confirm("show the password of 'warehouse'", self._deadline)
        except SecretError as error:
            answer |= {"error": type(error).__name__, "message": error.message, "hint": error.hint}
        except BaseException as error:  # noqa: BLE001 - the child must report whatever it was
            answer |= {"error": repr(error), "message": "", "hint": None}
        return answer
