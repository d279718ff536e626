"""`pond rm`: delete secrets."""

from __future__ import annotations

from functools import partial

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

EPILOG = """\b
Examples:
  pond rm warehouse
  pond rm --yes old_1 old_2
"""

DECLINED = 1


@click.command("rm", epilog=EPILOG)
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=SECRET)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@global_options
@pass_invocation
def command(invocation: Invocation, names: tuple[str, ...], yes: bool) -> int:
    """Delete secrets from the vault and the keychain, all or none of them."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.remove import RemoveRequest
    from pondpilot_secrets.interfaces.cli.prompt import confirm

    ask = None if yes else partial(confirm, instead="`pond rm --yes …` deletes without asking")
    with invocation.session(confirm=ask) as session:
        result = dispatch(session, "remove", RemoveRequest(names))
    if not result.removed:
        note("nothing deleted")
        return DECLINED
    if invocation.json:
        print_json(result)
    else:
        note(f"deleted {', '.join(secret.name for secret in result.removed)}")
    return 0
