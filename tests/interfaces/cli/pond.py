"""Running the real `pond` as a person would: as a child process, with a vault of its own, and on a real terminal."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.version_skips import skip_for

PROGRAM = str(Path(sys.executable).with_name("pond"))
DEADLINE = 60
REFUSED_BY_VERSION = (17, 28)
"""The exit statuses of error 1008, which a field that this DuckDB lacks raises too, and of 1019, a missing extension."""


@dataclass
class Ended:
    """What a command left."""

    status: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)

    def error(self) -> dict[str, Any]:
        return json.loads(self.err)["error"]


@dataclass
class Pond:
    """`pond` with a vault in an encrypted file and a key file in a temporary folder, and a home folder of its own."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    terminals: list[Terminal] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "TERM": "xterm",
            "POND_HOME": str(self.folder / "vault"),
            "POND_STORE": "file",
            "POND_KEY_FILE": str(self.folder / "pond.key"),
            "POND_OFFLINE": "1",
            **self.variables,
        }

    def __call__(self, *words: str, stdin: str | bytes = "", **variables: str) -> Ended:
        given = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [PROGRAM, *words],
            input=given,
            capture_output=True,
            check=False,
            env={**self.environment(), **variables},
            timeout=DEADLINE,
            start_new_session=True,  # no terminal: whatever asks must say so instead of hanging
        )
        if done.returncode in REFUSED_BY_VERSION:
            skip_for(done.stderr.decode())
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    def ok(self, *words: str, stdin: str | bytes = "", **variables: str) -> Ended:
        ended = self(*words, stdin=stdin, **variables)
        assert ended.status == 0, ended.err
        return ended

    def terminal(self, *words: str, **variables: str) -> Terminal:
        self.terminals.append(Terminal([PROGRAM, *words], {**self.environment(), **variables}))
        return self.terminals[-1]

    def shell_terminal(self) -> Terminal:
        """A shell on a terminal, in which commands can be typed."""
        environment = {**self.environment(), "PS1": "$ "}
        self.terminals.append(Terminal(["sh"], environment))
        return self.terminals[-1]

    def close(self) -> None:
        """End what a failed test left running."""
        for terminal in self.terminals:
            terminal.child.kill()
            terminal.child.wait()


ANSWERS = {
    b"\x1b]11;?\x07": b"\x1b]11;rgb:0000/0000/0000\x07",  # the colour of the background?
    b"\x1b[c": b"\x1b[?62;22c",  # which terminal are you?
    b"\x1b[6n": b"\x1b[1;1R",  # where is the cursor?
}
"""What a terminal is asked by programs such as DuckDB's shell, which wait for its answers."""


class Terminal:
    """A command on a pseudo-terminal that is its controlling one, and that answers as terminals do."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self._ours, theirs = pty.openpty()
        self.screen = ""
        self._seen = 0

        def take_terminal() -> None:
            signal.signal(
                signal.SIGINT, signal.SIG_DFL
            )  # what a background job of a script would inherit is to ignore it
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(
            command,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            preexec_fn=take_terminal,  # noqa: PLW1509 - nothing else gives a child its terminal
        )
        os.close(theirs)

    def wait_for(self, text: str) -> Terminal:
        """Read until the screen shows a text, after what was waited for before."""
        end = time.monotonic() + DEADLINE
        while text not in self.screen[self._seen :]:
            assert time.monotonic() < end, f"no {text!r} on the screen: {self.screen!r}"
            assert self._read(), f"it ended without {text!r}: {self.screen!r}"
        self._seen = self.screen.index(text, self._seen) + len(text)
        return self

    def type(self, text: str | bytes) -> Terminal:
        data = text.encode() if isinstance(text, str) else text
        while data:
            data = data[os.write(self._ours, data[:512]) :]
            time.sleep(0.01 if data else 0)
        return self

    def end(self) -> int:
        """Wait until it ends, and give the exit status."""
        while self._read():
            pass
        status = self.child.wait(DEADLINE)
        os.close(self._ours)
        return status

    def _read(self) -> bool:
        ready, _, _ = select.select([self._ours], [], [], DEADLINE)
        assert ready, f"nothing more came: {self.screen!r}"
        with contextlib.suppress(OSError):  # EIO once the last writer is gone
            piece = os.read(self._ours, 65536)
            self.screen += piece.decode("utf-8", "replace")
            for question, answer in ANSWERS.items():
                os.write(self._ours, answer * piece.count(question))
            return bool(piece)
        return False
