"""`pond vault unlock`: unlock the keychain, or check the key of an encrypted file."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json

EPILOG = """\b
Example:
  pond vault unlock
"""


@click.command("unlock", epilog=EPILOG)
@global_options
@pass_invocation
def command(invocation: Invocation) -> None:
    """Unlock the system's keychain; for a vault in an encrypted file, check that its key or passphrase opens it."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.vault import UnlockRequest

    with invocation.session() as session:
        result = dispatch(session, "vault.unlock", UnlockRequest())
    if invocation.json:
        print_json(result)
    else:
        note("the vault is open" if result.store == "file" else "the keychain is unlocked")
