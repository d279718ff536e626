"""`pond vault rekey`: change the keys of an encrypted file."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import KEY_FILE, KEYCHAIN, PASSPHRASE
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.vault_words import keys_in_words

EPILOG = """\b
Recovery codes are void afterwards, too; print new ones with `pond vault recovery-codes`.

\b
Examples:
  pond vault rekey
  pond vault rekey --key-file ~/new-pond.key
  pond vault rekey --keychain
"""


@click.command("rekey", epilog=EPILOG)
@KEY_FILE
@PASSPHRASE
@KEYCHAIN
@global_options
@pass_invocation
def command(invocation: Invocation, key_file: str | None, passphrase: bool, keychain: bool) -> None:
    """Encrypt a vault under new keys, so that they open it and no older ones do."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.rekey import RekeyRequest

    request = RekeyRequest(key_file, passphrase or not (key_file or keychain), keychain)
    with invocation.session() as session:
        result = dispatch(session, "vault.rekey", request)
    if invocation.json:
        print_json(result)
        return
    note(f"encrypted {result.items} items under a new key; the vault opens with {keys_in_words(result.opens_with)}")
    if result.void_codes:
        note(f"its {result.void_codes} recovery codes are void: print new ones with `pond vault recovery-codes`")
