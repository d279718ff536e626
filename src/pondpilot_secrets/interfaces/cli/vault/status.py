"""`pond vault status`: where credentials are stored, and why."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import print_json, print_pairs
from pondpilot_secrets.interfaces.cli.vault_words import status_pairs

EPILOG = """\b
Example:
  pond vault status --json
"""


@click.command("status", epilog=EPILOG)
@global_options
@pass_invocation
def command(invocation: Invocation) -> None:
    """Say where credentials are stored and why, without opening anything."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.vault import StatusRequest

    with invocation.session() as session:
        result = dispatch(session, "vault.status", StatusRequest())
    if invocation.json:
        print_json(result)
    else:
        print_pairs(status_pairs(result))
