"""Starting DuckDB's own command line with its secrets in two pipes: the statements in one, the values in the other.

Both pipes are empty once the shell has read them, before its first prompt: nothing is left to be read in /proc.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.duckdb_program import find_program, program_hint
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.shell import ShellRequest
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.interfaces.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pondpilot_secrets.commands.duckdb_program import DuckDBProgram
    from pondpilot_secrets.commands.session import Session

FIRST_DESCRIPTOR = 100
"""Low numbers are taken by what a shell opens itself."""

QUIET_SINCE = (1, 5)
"""The DuckDB that is known to have `.startup_text`."""


def find() -> DuckDBProgram | None:
    """Return the shell's program, of the version of the Python package where there is one of it."""
    return find_program()


def run(
    session: Session, program: DuckDBProgram, names: Sequence[str], words: Sequence[str], *, read_only: bool
) -> int:
    """Run the shell to its end and return its exit status; raises `UsageError` for an `-init` file that is not there."""
    settings, words = _user_settings(words)
    _note_other_version(program)
    with contextlib.ExitStack() as stack:
        statements, values = stack.enter_context(_pipe()), stack.enter_context(_pipe())
        request = ShellRequest(f"/dev/fd/{values[0].fileno()}", tuple(names), read_only, program.version)
        result = dispatch(session, "shell", request)
        document = stack.enter_context(result.values)
        init = init_file(result.init_file, program.version, settings).encode()
        command = [program.path, "-init", f"/dev/fd/{statements[0].fileno()}", *words]
        stack.enter_context(_ignoring_interrupts())
        read = (statements[0].fileno(), values[0].fileno())
        child = stack.enter_context(subprocess.Popen(command, pass_fds=read))
        for reader in (statements[0], values[0]):
            reader.close()
        # Both at once: the shell reads the values while it is still reading the statements.
        writer = threading.Thread(target=_write, args=(statements[1], memoryview(init)))
        writer.start()
        with document.exposed() as view:
            _write(values[1], view)
        writer.join()
        document.close()
        session.close()
        status = child.wait()
    return status if status >= 0 else 128 - status


def _note_other_version(program: DuckDBProgram) -> None:
    """Say that the shell is not of the version of the Python package, whose extensions do not fit it then."""
    if not program.fits:
        note(
            f"this shell is DuckDB {program.version or '(unknown)'}, and the Python package duckdb is "
            f"{program.package_version}: its extensions do not fit. {program_hint(program.package_version)}"
        )


def init_file(text: str, version: str | None, settings: str = "") -> str:
    """Return what the shell reads first: the statements that apply the secrets, then other settings.

    A shell ends where one of the statements fails; before 1.5 it has to be told.
    A shell that can be told not to speak of the file is told so; all others would take the word for a mistake.
    """
    numbers = tuple(int(part) for part in (version or "0").split("."))
    before, after = (".startup_text none", ".startup_text all") if numbers >= QUIET_SINCE else (".bail on", ".bail off")
    return f"{before}\n{text}{after}\n{settings}"


def _user_settings(words: Sequence[str]) -> tuple[str, list[str]]:
    """Return what reads the user's own settings once ours stand, and the words without those that name the file.

    A shell takes one init file, which is ours: it would not read the user's own, and another one would replace ours.
    """
    own: Path | None = Path.home() / ".duckdbrc"
    rest: list[str] = []
    left = iter(words)
    for word in left:
        option = word.removeprefix("-") if word.startswith("--") else word
        if option == "-no-init":
            own = None
        elif option == "-init":
            own = Path(next(left, ""))
            if not own.is_file():
                raise UsageError(f"there is no file {own} to start the shell with", hint="`-init FILE` names one")
        else:
            rest.append(word)
    return (f".read {_quoted(str(own))}\n" if own is not None and own.is_file() else ""), rest


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[FileIO, FileIO]]:
    """Give both ends, without a buffer that would keep a copy of what goes through."""
    if sys.platform == "win32":
        raise NotImplementedError("Windows has no /dev/fd; python_shell serves there")
    import fcntl

    low, writer = os.pipe()
    reader = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)
    os.close(low)
    with FileIO(reader, "rb") as reading, FileIO(writer, "wb") as writing:
        yield reading, writing


def _write(end: FileIO, content: memoryview) -> None:
    """Write all and close; a shell that ends early reads no further."""
    with end, contextlib.suppress(BrokenPipeError):
        written = 0
        while written < len(content):
            written += end.write(content[written:]) or 0


@contextlib.contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    """Ctrl-C is for the shell, which is in the same foreground group and gets it too."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
