"""What the servers share: a free port, a child that dies with the tests, a wait with a deadline, a folder that goes away."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

LOOPBACK = "127.0.0.1"
STOP_SECONDS = 5.0


def poll(answers: Callable[[], bool], *, seconds: float = 20.0) -> bool:
    """Wait for what another program is about to do; returns whether it did within the time."""
    end = time.monotonic() + seconds
    while not answers():
        if time.monotonic() >= end:
            return False
        time.sleep(0.02)
    return True


class ServiceMissingError(Exception):
    """A program that the server needs is not installed; the text names the package that brings it."""


class ServiceFailedError(Exception):
    """The server is installed but did not come up; the text ends with the tail of its log."""


def free_port() -> int:
    """Give a TCP port on loopback that nobody holds at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(name: str, package: str, *folders: str | Path) -> str:
    """Give the path of a program, looking on PATH and then in `folders`, or raise `ServiceMissingError`."""
    search = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent), *map(str, folders)])
    found = shutil.which(name, path=search)
    if found is None:
        raise ServiceMissingError(f"{name} is not installed: run scripts/install-services (it comes with {package})")
    return found


def port_answers(port: int) -> bool:
    """Tell whether something accepts TCP connections on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


class Child:
    """A process in a group of its own, which the kernel ends when the process that started it dies."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_with: signal.Signals = signal.SIGTERM,
        stdin: int | IO[bytes] = subprocess.DEVNULL,
    ) -> None:
        self._log = log
        self._stop_with = stop_with
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*wrapped(stop_with, user), *command],
                stdin=stdin,
                stdout=output,
                stderr=output,
                cwd="/",
                env=None if environment is None else dict(environment),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def log_tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def wait_until(self, answers: Callable[[], bool], *, seconds: float = 20.0) -> None:
        """Wait until the server answers; raise `ServiceFailedError` when it ends or the time is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not self.running:
                raise ServiceFailedError(f"ended with status {self.process.returncode}\n{self.log_tail()}")
            if answers():
                return
            time.sleep(0.02)
        raise ServiceFailedError(f"no answer within {seconds} s\n{self.log_tail()}")

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self) -> None:
        """Ask the process to end, and kill its group after five seconds."""
        if sys.platform == "win32":
            self.process.kill()
            self.process.wait(STOP_SECONDS)
            return
        if self.running:
            self.signal(signal.SIGCONT)
            self.signal(self._stop_with)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


def wrapped(stop_with: signal.Signals, user: str | None) -> list[str]:
    """Give the words before a command that tie its life to ours and drop to `user`.

    `preexec_fn` would do the same, but Python 3.12 and later warn about it as soon as any thread runs.
    """
    setpriv = shutil.which("setpriv")
    if sys.platform == "win32" or setpriv is None:
        return []
    import pwd

    words = [setpriv, "--pdeathsig", stop_with.name.removeprefix("SIG")]
    if user is not None:
        words += ["--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups"]
    return [*words, "--"]


def service_user(name: str) -> str | None:
    """Give the user to drop to, for servers that refuse to run as root; None when we are not root."""
    return name if sys.platform != "win32" and os.geteuid() == 0 else None


class Service:
    """One server: a context manager that owns its folder and its children and leaves nothing behind."""

    def __init__(self) -> None:
        self.resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        self.resources.close()

    def describe(self) -> str:
        """Say in a line or two how to reach the running server, for somebody at a shell."""
        raise NotImplementedError

    def make_folder(self, owner: str | None = None) -> Path:
        """Make a temporary folder that goes when the server stops, readable by `owner` alone if one is given."""
        folder = Path(tempfile.mkdtemp(prefix="pond-"))
        self.resources.callback(shutil.rmtree, folder, ignore_errors=True)
        if owner is not None:
            shutil.chown(folder, owner)
        return folder

    def spawn(self, command: Sequence[str], *, log: Path, **options: object) -> Child:
        """Start a child that is stopped when the server stops."""
        child = Child(command, log=log, **options)  # type: ignore[arg-type]
        self.resources.callback(child.stop)
        return child


def run_checked(command: Sequence[str], *, user: str | None = None, text: str | None = None) -> str:
    """Run a helper program to its end and give its output; raise `ServiceFailedError` when it fails."""
    done = subprocess.run(
        [*wrapped(signal.SIGTERM, user), *command],
        input=text,
        stdin=subprocess.DEVNULL if text is None else None,
        capture_output=True,
        text=True,
        cwd="/",
        timeout=60,
        check=False,
    )
    if done.returncode != 0:
        raise ServiceFailedError(f"{Path(command[0]).name} ended with status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


def serve_from_shell(service: Service) -> None:
    """Start a server, say how to reach it, and stop it on Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    began = time.monotonic()
    with service, contextlib.suppress(KeyboardInterrupt):
        sys.stdout.write(f"{service.describe()}\nstarted in {time.monotonic() - began:.2f} s; Ctrl-C stops it\n")
        sys.stdout.flush()
        if sys.platform != "win32":
            signal.pause()
