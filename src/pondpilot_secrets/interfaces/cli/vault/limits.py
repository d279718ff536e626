"""`pond vault limits`: how often secrets may be revealed and used."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import print_json, print_pairs

EPILOG = """\b
A limit is a number and a time: 60/minute, "1000 per hour", "10 per 5 seconds". The limits are shared by all processes
that use this vault, and setting the clock does not get past them.

\b
Examples:
  pond vault limits
  pond vault limits --reveal-each 10/minute --reveal-all 100/hour
  pond vault limits --use-all default
"""

DEFAULT = "default"


@click.command("limits", epilog=EPILOG)
@click.option("--reveal-each", metavar="LIMIT", help="Reveals of any one secret; `default` is 60 a minute.")
@click.option("--reveal-all", metavar="LIMIT", help="Reveals of all secrets together; `default` is 300 a minute.")
@click.option("--use-all", metavar="LIMIT", help="Uses and tests of all secrets; `default` is 6000 a minute.")
@global_options
@pass_invocation
def command(invocation: Invocation, reveal_each: str | None, reveal_all: str | None, use_all: str | None) -> None:
    """Show how often secrets of this vault may be revealed and used, or change it."""
    from pondpilot_secrets.commands.limits import LimitsRequest
    from pondpilot_secrets.commands.registry import dispatch

    given = {"reveal_each": reveal_each, "reveal_all": reveal_all, "use_all": use_all}
    changes = {name: None if text == DEFAULT else text for name, text in given.items() if text is not None}
    with invocation.session() as session:
        result = dispatch(session, "vault.limits", LimitsRequest(changes))
    if invocation.json:
        print_json(result)
    else:
        print_pairs(
            (
                ("reveals of one secret", result.reveal_each),
                ("reveals of all", result.reveal_all),
                ("uses of all", result.use_all),
            )
        )
