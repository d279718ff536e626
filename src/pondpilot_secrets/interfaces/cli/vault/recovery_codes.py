"""`pond vault recovery-codes`: print one-time codes that open an encrypted file when its keys are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_secret_json, say

if TYPE_CHECKING:
    from pondpilot_secrets.commands.recovery_codes import MakeCodesResult

EPILOG = """\b
Each code opens an encrypted file once, when its passphrase, key file or keychain is lost. They go to standard output this
one time and are stored nowhere; anybody who has one and the vault's files can open it. Older codes are void.

\b
Examples:
  pond vault recovery-codes | lpr
  pond vault recovery-codes --codes 4
  pond vault recovery-codes --codes 0
"""


@click.command("recovery-codes", epilog=EPILOG)
@click.option(
    "--codes", type=click.IntRange(0, 100), default=8, metavar="N", help="How many; 8 unless given, 0 for none."
)
@global_options
@pass_invocation
def command(invocation: Invocation, codes: int) -> None:
    """Print one-time codes that open an encrypted file when its keys are lost."""
    from pondpilot_secrets.commands.recovery_codes import MakeCodesRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "vault.recovery_codes", MakeCodesRequest(codes))
        try:
            if invocation.json:
                print_secret_json(result, session.access)
            else:
                _print(result)
        finally:
            for code in result.codes:
                code.close()


def _print(result: MakeCodesResult) -> None:
    for code in result.codes:
        with code.exposed_text() as text:
            say(text)
    if result.codes:
        note("print these codes or write them down, and keep them away from this machine: they are shown only once")
        note(
            "each opens the vault one time: `pond vault use-recovery-code`; anybody who has one and its files can do it"
        )
    note("older codes are void")
