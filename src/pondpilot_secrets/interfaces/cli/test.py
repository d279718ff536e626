"""`pond test`: try secrets against the servers that they are for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import TIMEOUT
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_table
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

if TYPE_CHECKING:
    from pondpilot_secrets.commands.testing import TestReport, Tried

EPILOG = """\b
The exit status is 0 only if every secret works.

\b
Examples:
  pond test warehouse
  pond test api --target https://api.example.com/health.json
  pond test --all --timeout 10 --json
"""

FAILED = 1
_BAR = 20


@click.command("test", epilog=EPILOG)
@click.argument("names", metavar="[NAME]...", nargs=-1, type=SECRET)
@click.option("--all", "everything", is_flag=True, help="Try every secret.")
@click.option("--target", metavar="TARGET", help="The path, URL or database to try, for a single secret.")
@TIMEOUT
@global_options
@pass_invocation
def command(
    invocation: Invocation, names: tuple[str, ...], everything: bool, target: str | None, timeout: float
) -> int:
    """Try secrets, each in a DuckDB of its own: is it right, is the server there, is what it names there?"""
    from pondpilot_secrets.commands.testing import TestRequest, test
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    if everything == bool(names):
        raise CommandLineError("give the names of secrets, or --all", hint="`pond ls` shows the names there are")
    with invocation.session() as session:
        report = test(session, TestRequest(names, target, timeout), _progress)
    if invocation.json:
        print_json(report)
    elif report.tests:
        _show(report)
    else:
        note("there are no secrets to test")
    return 0 if report.ok else FAILED


def _progress(done: int, total: int) -> None:
    """Draw a bar, for a person who waits for several."""
    if total > 1 and sys.stderr.isatty():
        filled = _BAR * done // total
        end = "\r\x1b[K" if done == total else ""
        sys.stderr.write(f"\r[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}{end}")
        sys.stderr.flush()


def _show(report: TestReport) -> None:
    print_table(("NAME", "RESULT", "TIME", "MESSAGE"), map(_row, report.tests))
    hints = dict.fromkeys(tried.result.hint for tried in report.tests if tried.result.hint)
    for hint in hints:
        note(f"hint: {hint}")


def _row(tried: Tried) -> tuple[str, ...]:
    result = tried.result
    outcome = "ok" if result.ok else str(result.reason).replace("_", " ")
    return tried.name, outcome, f"{result.elapsed * 1000:.0f} ms", result.message
