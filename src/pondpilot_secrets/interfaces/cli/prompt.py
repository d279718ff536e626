"""Asking a person: on their terminal itself, never on standard input, and a clear error where there is no terminal."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import IO, TYPE_CHECKING

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.interfaces.cli.error_output import CommandLineError
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Iterator

TERMINAL = "/dev/tty"
LONGEST_ANSWER = 1 << 20

_END, _ERASE_ALL, _ERASE = (b"\r", b"\n", b"\x04"), b"\x15", (b"\x7f", b"\x08")


def has_terminal() -> bool:
    """Whether there is somebody to ask."""
    if sys.platform == "win32":
        return sys.stdin is not None and sys.stdin.isatty()
    try:
        os.close(os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def ask_hidden(prompt: str, *, instead: str) -> SecureString:
    """Ask for a value without showing it.

    Raises `CommandLineError` where there is no terminal, with `instead` as the hint.
    """
    if not has_terminal():
        raise CommandLineError(f"cannot ask for {prompt}: there is no terminal", hint=instead)
    if sys.platform == "win32":
        import getpass

        text = getpass.getpass(f"{prompt}: ")
        try:
            return SecureString(text)
        finally:
            wipe(text)
    return _hidden_on_terminal(prompt)


def ask_line(prompt: str, *, instead: str) -> str:
    """Ask for a text that may be seen; raises as `ask_hidden` does."""
    if not has_terminal():
        raise CommandLineError(f"cannot ask for {prompt}: there is no terminal", hint=instead)
    with _terminal() as (reader, writer), _signals() as signals:
        writer.write(f"{prompt}: ")
        writer.flush()
        _wait(reader.fileno(), signals)
        return reader.readline(LONGEST_ANSWER).rstrip("\r\n")


def confirm(question: str, *, instead: str) -> bool:
    """Ask a question that is answered with yes or no, no being the default; raises as `ask_hidden` does."""
    if not has_terminal():
        raise CommandLineError("there is no terminal to ask for consent on", hint=instead)
    return ask_line(f"{question} [y/N]", instead=instead).strip().lower() in ("y", "yes")


def ask_passphrase(new: bool = False) -> SecureString:
    """Ask for the passphrase of a vault in an encrypted file, twice for a new one."""
    instead = "put it into a file and name that in POND_PASSPHRASE_FILE, or use a key file (POND_KEY_FILE)"
    if not has_terminal():
        # The manager's own kind of error: it adds why the vault wants a passphrase at all.
        which = "the new vault" if new else "the vault"
        raise UsageError(f"cannot ask for a passphrase for {which}: there is no terminal", hint=instead)
    if not new:
        return ask_hidden("passphrase of the vault", instead=instead)
    while True:
        first = ask_hidden("a passphrase for the new vault", instead=instead)
        if not first:
            first.close()
            raise CommandLineError("a vault cannot have an empty passphrase", hint=instead)
        try:
            with ask_hidden("the same passphrase again", instead=instead) as second:
                same = first == second
        except BaseException:
            first.close()
            raise
        if same:
            return first
        first.close()
        sys.stderr.write("the passphrases do not match; try again\n")


@contextlib.contextmanager
def _terminal() -> Iterator[tuple[IO[str], IO[str]]]:
    if sys.platform == "win32":
        yield sys.stdin, sys.stderr
        return
    # What is not UTF-8 becomes a lone surrogate, which is refused wherever text is checked.
    with (
        open(TERMINAL, encoding="utf-8", errors="surrogateescape") as reader,  # noqa: PTH123
        open(TERMINAL, "w", encoding="utf-8") as writer,  # noqa: PTH123
    ):
        yield reader, writer


def _hidden_on_terminal(prompt: str) -> SecureString:
    """Read without echo and without the terminal's own line editing, which cuts a line at 4,096 bytes."""
    if sys.platform == "win32":
        raise NotImplementedError("getpass asks on Windows")
    import termios

    terminal = os.open(TERMINAL, os.O_RDWR | os.O_NOCTTY)
    typed = bytearray()
    try:
        before = termios.tcgetattr(terminal)
        quiet = termios.tcgetattr(terminal)
        quiet[3] &= ~(termios.ECHO | termios.ICANON)
        quiet[6][termios.VMIN], quiet[6][termios.VTIME] = 1, 0
        termios.tcsetattr(terminal, termios.TCSAFLUSH, quiet)
        try:
            with _signals() as signals:
                os.write(terminal, f"{prompt}: ".encode())
                _read_line(terminal, typed, signals)
        finally:
            # What was pasted beyond the first line is dropped: the shell would run it, and keep it in its history.
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)
            os.write(terminal, b"\n")
        return SecureString(typed)
    finally:
        wipe(typed)
        os.close(terminal)


@contextlib.contextmanager
def _signals() -> Iterator[int | None]:
    """Give a descriptor that Ctrl-C makes readable: one that comes just before a read begins would not end that read.

    There is none on Windows, and in a thread that Python tells of no signals.
    """
    import signal
    import threading

    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        yield None
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _wait(terminal: int, signals: int | None) -> None:
    """Wait until there is something to read; a signal's handler runs here, and Ctrl-C's raises."""
    import select

    if signals is not None:
        while terminal not in (ready := select.select([terminal, signals], [], [])[0]):
            os.read(ready[0], 64)


def _read_line(terminal: int, typed: bytearray, signals: int | None) -> None:
    while len(typed) < LONGEST_ANSWER:
        _wait(terminal, signals)
        key = os.read(terminal, 1)
        if not key or key in _END:
            return
        if key == _ERASE_ALL:
            _erase(typed, len(typed))
        elif key in _ERASE:
            _erase(typed, _last_character(typed))
        else:
            typed += key


def _last_character(typed: bytearray) -> int:
    """How many bytes the last character has in UTF-8."""
    count = min(1, len(typed))
    while 0 < count < len(typed) and typed[-count] & 0xC0 == 0x80:
        count += 1
    return count


def _erase(typed: bytearray, count: int) -> None:
    if count:
        typed[-count:] = bytes(count)
        del typed[-count:]
