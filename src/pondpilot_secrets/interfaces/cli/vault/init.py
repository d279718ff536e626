"""`pond vault init`: make a vault."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import KEY_FILE
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_pairs
from pondpilot_secrets.interfaces.cli.vault_words import status_pairs

EPILOG = """\b
Examples:
  pond vault init
  pond vault init --store file
  pond vault init --store file --key-file ~/pond.key
"""


@click.command("init", epilog=EPILOG)
@click.option("--store", metavar="STORE", help="Where credentials are stored: auto, or a store such as system or file.")
@KEY_FILE
@global_options
@pass_invocation
def command(invocation: Invocation, store: str | None, key_file: str | None) -> None:
    """Make a vault; one is made at first use anyway, this is to choose how."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.vault import InitRequest

    with invocation.session() as session:
        result = dispatch(session, "vault.init", InitRequest(store, key_file))
    if invocation.json:
        print_json(result)
        return
    print_pairs(status_pairs(result))
    if key_file:
        from pondpilot_secrets.settings import expand_path

        note(f"{expand_path(key_file).absolute()} opens it, which it remembers; keep a copy of that file elsewhere")
