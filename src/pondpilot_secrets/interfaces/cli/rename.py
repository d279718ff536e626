"""`pond rename`: give a secret another name."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

EPILOG = """\b
Example:
  pond rename warehouse old_warehouse
"""


@click.command("rename", epilog=EPILOG)
@click.argument("name", type=SECRET)
@click.argument("new_name")
@global_options
@pass_invocation
def command(invocation: Invocation, name: str, new_name: str) -> None:
    """Give a secret another name; other secrets that refer to it go on doing so."""
    from pondpilot_secrets.commands.edit import RenameRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "rename", RenameRequest(name, new_name))
    if invocation.json:
        print_json(result)
    else:
        note(f"{name} is now {result.secret.name}")
