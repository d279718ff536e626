"""`pond test`: test secrets against the servers that they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import TIMEOUT
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_progress, print_table
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

if TYPE_CHECKING:
    from pondpilot_secrets.commands.probe import ProbeReport, SecretProbe

EPILOG = """\b
The exit status is 0 only if every secret works.

\b
Examples:
  pond test warehouse
  pond test api --target https://api.example.com/health.json
  pond test --all --timeout 10 --json
"""

FAILED = 1


@click.command("test", epilog=EPILOG)
@click.argument("names", metavar="[NAME]...", nargs=-1, type=SECRET)
@click.option("--all", "everything", is_flag=True, help="Test every secret.")
@click.option("--target", metavar="TARGET", help="The path, URL or database to test with, for a single secret.")
@TIMEOUT
@global_options
@pass_invocation
def command(
    invocation: Invocation, names: tuple[str, ...], everything: bool, target: str | None, timeout: float
) -> int:
    """Test secrets, each in a DuckDB of its own: is it right, is the server there, is what it names there?"""
    from pondpilot_secrets.commands.probe import ProbeSecretsRequest
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    if everything == bool(names):
        raise CommandLineError("give the names of secrets, or --all", hint="`pond ls` shows the names there are")
    with invocation.session(progress=print_progress) as session:
        report = dispatch(session, "test", ProbeSecretsRequest(names, target, timeout))
    if invocation.json:
        print_json(report)
    elif report.tests:
        _show(report)
    else:
        note("there are no secrets to test")
    return 0 if report.ok else FAILED


def _show(report: ProbeReport) -> None:
    print_table(("NAME", "RESULT", "TIME", "MESSAGE"), map(_row, report.tests))
    hints = dict.fromkeys(each.result.hint for each in report.tests if each.result.hint)
    for hint in hints:
        note(f"hint: {hint}")


def _row(probe: SecretProbe) -> tuple[str, ...]:
    result = probe.result
    outcome = "ok" if result.ok else result.reason.replace("_", " ")
    return probe.name, outcome, f"{result.elapsed * 1000:.0f} ms", result.message
