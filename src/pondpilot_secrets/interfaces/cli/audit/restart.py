"""`pond audit restart`: start a new log after the end of the old one was destroyed."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json

EPILOG = """\b
What was recorded before stays, and is told apart from what follows: nobody can check it any more.

\b
Example:
  pond audit restart --reason "restored from the backup of Monday"
"""


@click.command("restart", epilog=EPILOG)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")
@global_options
@pass_invocation
def command(invocation: Invocation, reason: str) -> None:
    """Start a new log after its end was destroyed, so that the vault can be used again."""
    from pondpilot_secrets.commands.audit import RestartRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "audit.restart", RestartRequest(reason))
    if invocation.json:
        print_json(result)
    else:
        note("a new log is started; what was recorded before is kept")
