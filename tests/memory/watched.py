"""A program under watch: it runs to a place that it names, and waits there while its memory is scanned."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.memory.scan import Copy, scan

ROOT = Path(__file__).parents[2]
DEADLINE = 60.0


class Watch:
    """Where watched programs call: give a program `environment`, and meet it with `at`."""

    def __init__(self) -> None:
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._path = str(Path(self._resources.enter_context(tempfile.TemporaryDirectory()), "socket"))
        self._listener = self._resources.enter_context(socket.socket(socket.AF_UNIX))
        self._listener.bind(self._path)
        self._listener.listen()
        self._listener.settimeout(DEADLINE)
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that lead a program here."""
        return {"WATCH_SOCKET": self._path}

    @property
    def environment_at_exit(self) -> dict[str, str]:
        """The same, for a program that knows nothing of all this and is stopped at its end."""
        return {**self.environment, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests/memory/at_exit")])}

    @contextlib.contextmanager
    def at(self, place: str) -> Iterator[int]:
        """Wait until a program is at the place and give its pid; it goes on after the block. Other places it passes."""
        while True:
            connection = self._listener.accept()[0]
            with connection:
                pid, _, where = connection.makefile().readline().strip().partition(" ")
                if where == place:
                    yield int(pid)
                    return


class Watched:
    """A child of `tests.memory.child`."""

    def __init__(self, home: Path, store: str, code: str, **variables: str) -> None:
        self._watch = Watch()
        self._variables = variables
        self._command = [sys.executable, "-m", "tests.memory.child", str(home), store, code]

    def __enter__(self) -> Self:
        self._watch.__enter__()
        environment = {**os.environ, **self._watch.environment, **self._variables}
        self._process = subprocess.Popen(self._command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        self._watch._listener.settimeout(0.2)
        return self

    def __exit__(self, *_: object) -> None:
        with self._process:
            self._process.kill()
        self._watch.__exit__()

    @contextlib.contextmanager
    def at(self, place: str) -> Iterator[int]:
        """Let it go on until it is at the place; give its pid."""
        end = time.monotonic() + DEADLINE
        with contextlib.ExitStack() as stack:
            while True:
                try:
                    pid = stack.enter_context(self._watch.at(place))
                    break
                except TimeoutError:
                    self._demand_life(place, end)
            yield pid

    def copies(self, place: str, marker: str) -> list[Copy]:
        """Every copy of the marker that it has at the place."""
        with self.at(place) as pid:
            return scan(pid, marker)

    def _demand_life(self, place: str, end: float) -> None:
        if self._process.poll() is not None or time.monotonic() > end:
            assert self._process.stderr is not None
            self._process.kill()
            raise AssertionError(f"it did not come to {place!r}: {self._process.stderr.read().decode()[-2000:]}")
