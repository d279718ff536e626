"""How an error looks: `error 1002:` and `hint:` lines on standard error, or JSON there when `--json` was asked for.

The number leads to the error's page, docs/errors.md.
"""

from __future__ import annotations

import re
import sys
from typing import IO, TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.commands.problem_details import ProblemDetails
    from pondpilot_secrets.errors import SecretError

INTERNAL_ERROR = 70  # EX_SOFTWARE of sysexits.h
INTERNAL_CODE = 1000
USAGE_CODE = 1022

_OWN_LINE = re.compile(r"\n(?=(?:error|hint|warning)\b)")


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
        """Look for `--json` and `--trace` in the words, because an error may come before they are parsed."""
        words = list(arguments)
        own = words[: words.index("--")] if "--" in words else words
        return cls(as_json="--json" in own, trace="--trace" in own)

    def secret_error(self, error: SecretError) -> int:
        """Report an error of the product and return its exit status."""
        from pondpilot_secrets.commands.problem_details import ProblemDetails

        self._write(ProblemDetails.of(error))
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
        self._write_own(USAGE_CODE, "Usage", _lowered(error.format_message()), hint)
        return status

    def output_error(self, error: OSError, status: int) -> int:
        """Report that what was to be printed could not be written, and return the exit status."""
        message = f"the output cannot be written: {(error.strerror or 'it failed').lower()}"
        self._write_own(USAGE_CODE, "Output", message, "free some space, or write it elsewhere")
        return status

    def internal_error(self, error: Exception) -> int:
        """Report an error that nobody foresaw, without its text, which might hold a value."""
        where = frames(error) if self.trace else []
        hint = None if self.trace else "`pond --trace …` says where in the code; values are never part of that"
        message = f"something went wrong inside pond ({type(error).__name__})"
        self._write_own(INTERNAL_CODE, "Internal", "\n  ".join([message, *where]), hint)
        return INTERNAL_ERROR

    def interrupted(self, status: int) -> int:
        """End after Ctrl-C: the terminal shows ^C, so all that is missing is a line end."""
        if sys.stderr.isatty():
            sys.stderr.write("\n")
        return status

    def _write_own(self, code: int, name: str, message: str, hint: str | None) -> None:
        from pondpilot_secrets.commands.problem_details import ProblemDetails

        self._write(ProblemDetails(code, name, message, hint))

    def _write(self, problem: ProblemDetails) -> None:
        if not self.as_json:
            write_problem(problem)
            return
        import json

        from pondpilot_secrets.commands.codec import to_json
        from pondpilot_secrets.interfaces.cli.output import escape_json

        text = json.dumps({"error": to_json(problem)}, ensure_ascii=False)
        sys.stderr.write(escape_json(text) + "\n")


def write_problem(problem: ProblemDetails, stream: IO[str] | None = None) -> None:
    """Write an error for a person to read."""
    from pondpilot_secrets.interfaces.cli.output import escape_text, paint

    out = sys.stderr if stream is None else stream
    for label, colour, text in ((f"error {problem.code}:", "red", problem.message), ("hint:", "cyan", problem.hint)):
        if text:
            out.write(f"{paint(label, colour, out)} {_indented(escape_text(text, lines=True))}\n")


def _indented(text: str) -> str:
    """Keep a server's words from looking like a line of pond's own."""
    return _OWN_LINE.sub("\n  ", text)


def show_warning(message: Warning | str, category: type[Warning], *_where: object, **_how: object) -> None:
    """Show a warning of the product as a line for a person; those of libraries are for developers."""
    if category.__module__.startswith("pondpilot_secrets"):
        from pondpilot_secrets.interfaces.cli.output import escape_text, paint

        sys.stderr.write(f"{paint('warning:', 'yellow', sys.stderr)} {escape_text(str(message))}\n")


def frames(error: BaseException) -> list[str]:
    """Where an error came from: file, line and function of every frame, and the kinds of its causes; no text, no values."""
    import traceback

    lines = []
    chain: BaseException | None = error
    while chain is not None:
        lines.append(type(chain).__name__)
        frames_of = traceback.extract_tb(chain.__traceback__)
        lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames_of]
        chain = chain.__cause__ or (None if chain.__suppress_context__ else chain.__context__)
    return lines


def _lowered(message: str) -> str:
    text = message.strip().removesuffix(".")
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
