"""A sample of a command's words: `src/pondpilot_secrets/interfaces/cli/count.py`."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import print_json


@click.command("count")
@click.option("--type")
@global_options
@pass_invocation
def command(invocation: Invocation, type: str | None) -> None:  # noqa: A002
    """Count secrets."""
    from pondpilot_secrets.commands.count import CountRequest

    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "count", CountRequest(type))
    if invocation.json:
        print_json(result)
    else:
        click.echo(result.secrets)
