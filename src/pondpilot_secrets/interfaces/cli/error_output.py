"""How an error looks: `error:` and `hint:` lines on standard error, or JSON there when `--json` was asked for."""

from __future__ import annotations

import sys
from typing import IO, TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.errors import SecretError

INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
USAGE_CODE = 1022


class CommandLineError(click.UsageError):
    """Raised when the words of a command line make no sense or break a rule; it has a hint. Exit status 2."""

    def __init__(self, message: str, *, hint: str | None = None, ctx: click.Context | None = None) -> None:
        super().__init__(message, ctx)
        self.hint = hint


class Reporter:
    """Writes the last words of a command."""

    def __init__(self, *, as_json: bool, trace: bool) -> None:
        self.as_json = as_json
        self.trace = trace

    @classmethod
    def for_arguments(cls, arguments: Sequence[str]) -> Reporter:
        """Look for `--json` and `--trace` by themselves, because an error may come before they are parsed."""
        words = list(arguments)
        own = words[: words.index("--")] if "--" in words else words
        return cls(as_json="--json" in own, trace="--trace" in own)

    def secret_error(self, error: SecretError) -> int:
        """Report an error of ours and return its exit status."""
        self._write(error.code, type(error).__name__.removesuffix("Error"), error.message, error.hint)
        return error.exit_status

    def command_line_error(self, error: click.ClickException, status: int) -> int:
        """Report words that do not parse and return the exit status."""
        hint = getattr(error, "hint", None)
        context = getattr(error, "ctx", None)
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and context is not None and not self.as_json:
            sys.stderr.write(context.get_help() + "\n")
            return status
        if hint is None and context is not None:
            hint = f"`{context.command_path} --help` explains it"
        self._write(USAGE_CODE, "Usage", _lowered(error.format_message()), hint)
        return status

    def output_error(self, error: OSError, status: int) -> int:
        """Report that what was to be printed could not be written, and return the exit status."""
        message = f"the output cannot be written: {(error.strerror or 'it failed').lower()}"
        self._write(USAGE_CODE, "Output", message, "free some space, or write it elsewhere")
        return status

    def internal_error(self, error: Exception) -> int:
        """Report an error that nobody foresaw, without its text, which might hold a value."""
        where = frames(error) if self.trace else []
        hint = None if self.trace else "`pond --trace …` says where in the code; values are never part of that"
        message = f"something went wrong inside pond ({type(error).__name__})"
        self._write(1000, "Internal", "\n  ".join([message, *where]), hint)
        return INTERNAL_ERROR

    def interrupted(self, status: int) -> int:
        """End after Ctrl-C: the terminal shows ^C, so all that is missing is a line end."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        return status

    def _write(self, code: int, name: str, message: str, hint: str | None) -> None:
        if self.as_json:
            import json

            facts: dict[str, Any] = {"code": code, "name": name, "message": message, "hint": hint}
            from pondpilot_secrets.interfaces.cli.output import harmless_json

            sys.stderr.write(harmless_json(json.dumps({"error": facts}, ensure_ascii=False)) + "\n")
            return
        write_error(message, hint)


def write_error(message: str, hint: str | None, stream: IO[str] | None = None) -> None:
    """Write an error for a person to read."""
    from pondpilot_secrets.interfaces.cli.output import painted, printable

    out = sys.stderr if stream is None else stream
    out.write(f"{painted('error:', 'red', out)} {_indented(printable(message, lines=True))}\n")
    if hint:
        out.write(f"{painted('hint:', 'cyan', out)} {_indented(printable(hint, lines=True))}\n")


def _indented(text: str) -> str:
    """Keep a server's words from looking like a line of ours."""
    return text.replace("\nerror:", "\n  error:").replace("\nhint:", "\n  hint:")


def show_warning(message: Warning | str, category: type[Warning], *_where: object, **_how: object) -> None:
    """Show a warning of ours as a line for a person; those of libraries are for developers."""
    if category.__module__.startswith("pondpilot_secrets"):
        from pondpilot_secrets.interfaces.cli.output import painted, printable

        sys.stderr.write(f"{painted('warning:', 'yellow', sys.stderr)} {printable(str(message))}\n")


def frames(error: BaseException) -> list[str]:
    """Where an error came from: file, line and function of every frame, and the kinds of its causes; no text, no values."""
    import traceback

    found = []
    chain: BaseException | None = error
    while chain is not None:
        found.append(type(chain).__name__)
        frames_of = traceback.extract_tb(chain.__traceback__)
        found += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames_of]
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return found


def _lowered(message: str) -> str:
    text = message.strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
