"""`pond vault move`: move every credential to another store."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import KEY_FILE
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_progress

EPILOG = """\b
All credentials are copied and read back before anything is taken from the old store; whatever interrupts it, none is
lost. If it was interrupted while it emptied the old store, the same command completes that.

\b
Examples:
  pond vault move --to file --key-file ~/pond.key
  pond vault move --to system
"""


@click.command("move", epilog=EPILOG)
@click.option("--to", metavar="STORE", required=True, help="The store to move to, such as system or file.")
@KEY_FILE
@global_options
@pass_invocation
def command(invocation: Invocation, to: str, key_file: str | None) -> None:
    """Move every credential to another store."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.store_move import MoveRequest

    with invocation.session(progress=print_progress) as session:
        result = dispatch(session, "vault.move", MoveRequest(to, key_file))
    if invocation.json:
        print_json(result)
        return
    note(f"moved {result.moved} items from the {result.source} store to the {result.target} store")
    for name in result.missing:
        note(f"the credential of {name} was gone already: enter it again with `pond edit {name}`")
