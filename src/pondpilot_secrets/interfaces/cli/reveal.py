"""`pond reveal`: one value, to standard output and nowhere else."""

from __future__ import annotations

import sys

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import print_secret_json, write_secret
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET, FieldWord

EPILOG = """\b
Examples:
  pond reveal warehouse password
  pond reveal warehouse password | pbcopy
"""


@click.command("reveal", epilog=EPILOG)
@click.argument("name", type=SECRET)
@click.argument("field", type=FieldWord(suffix=""))
@global_options
@pass_invocation
def command(invocation: Invocation, name: str, field: str) -> None:
    """Print the value of a FIELD exactly; a line end follows on a terminal only."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.reveal import RevealRequest

    with invocation.session() as session:
        result = dispatch(session, "reveal", RevealRequest(name, field))
        with result.value:
            if invocation.json:
                print_secret_json(result, session.access)
            else:
                write_secret(result.value, ending=b"\n" if sys.stdout.isatty() else b"")
