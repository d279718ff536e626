"""`pond vault use-recovery-code`: get back into an encrypted file whose keys are lost."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from pondpilot_secrets.interfaces.cli.error_output import CommandLineError
from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import KEY_FILE, KEYCHAIN, PASSPHRASE
from pondpilot_secrets.interfaces.cli.output import note, print_json
from pondpilot_secrets.interfaces.cli.vault_words import KEYS, keys_in_words
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.secret_files import read_file, read_stream

LONGEST_CODE = 4096
STANDARD_INPUT = ("-", "@-")

EPILOG = """\b
The code is used up in the same step that adds the new key: there is always a way in. A code may be typed in any case, with
or without its hyphens; a typo is told from a code that does not fit.

\b
Examples:
  pond vault use-recovery-code
  pond vault use-recovery-code --key-file ~/new-pond.key --drop passphrase
  pond vault use-recovery-code --code-file @- --keychain < code.txt
"""


@click.command("use-recovery-code", epilog=EPILOG)
@click.option("--code-file", metavar="FILE", help="A file with the code, @- for standard input; else it is asked for.")
@KEY_FILE
@PASSPHRASE
@KEYCHAIN
@click.option(
    "--drop", multiple=True, type=click.Choice(list(KEYS)), help="A kind of older keys that open the vault no more."
)
@global_options
@pass_invocation
def command(
    invocation: Invocation,
    code_file: str | None,
    key_file: str | None,
    passphrase: bool,
    keychain: bool,
    drop: tuple[str, ...],
) -> None:
    """Get back into an encrypted file with a recovery code, and give it a new key."""
    from pondpilot_secrets.commands.recovery_codes import UseCodeRequest
    from pondpilot_secrets.commands.registry import dispatch

    with _code(code_file) as code, invocation.session() as session:
        request = UseCodeRequest(code, key_file, passphrase or not (key_file or keychain), keychain, drop)
        result = dispatch(session, "vault.use_recovery_code", request)
    if invocation.json:
        print_json(result)
        return
    ways = keys_in_words(result.opens_with)
    note(f"the vault opens with {ways}; the code is used up, {result.codes_left} are left")
    if result.codes_left < 2:
        note("print new ones with `pond vault recovery-codes`")


def _code(source: str | None) -> SecureString:
    if source is None:
        from pondpilot_secrets.interfaces.cli.prompt import ask_hidden

        return ask_hidden(
            "a recovery code", instead="give it as --code-file FILE, or --code-file @- for standard input"
        )
    try:
        if source not in STANDARD_INPUT:
            content = read_file(Path(source).expanduser(), LONGEST_CODE)
        else:
            with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stream:
                content = read_stream(stream, LONGEST_CODE)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise CommandLineError(f"cannot read the code from {source}: {reason}") from None
    return _first_line(content)


def _first_line(content: SecureString) -> SecureString:
    """Take the first line that says anything: the file may hold the whole printed list."""
    with content, content.exposed() as view:
        line = re.search(rb"[^\s][^\r\n]*", view)
        return SecureString(b"" if line is None else view[slice(*line.span())])
