"""`pond vault recovery` prints one-time codes, `pond vault recover` gets back in with one."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.error_output import CommandLineError
from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json, say
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.secret_files import read_file, read_stream

if TYPE_CHECKING:
    from pondpilot_secrets.commands.recovery import MakeCodesResult

WAYS = {"passphrase": "a passphrase", "file": "a key file", "keychain": "the system's keychain"}
"""What opens an encrypted file, for people."""

LONGEST_CODE = 4096
STANDARD_INPUT = ("-", "@-")

RECOVERY_EPILOG = """\b
Each code opens an encrypted file once, when its passphrase, key file or keychain is lost. They go to standard output this
one time and are kept nowhere; whoever has one and the vault's files can open it. Older codes are void.

\b
Examples:
  pond vault recovery | lpr
  pond vault recovery --codes 4
  pond vault recovery --codes 0
"""

RECOVER_EPILOG = """\b
The code is used up in the same step that adds the new key: there is always a way in. A code may be typed in any case, with
or without its hyphens; a typo is told from a code that does not fit.

\b
Examples:
  pond vault recover
  pond vault recover --key-file ~/new-pond.key --drop passphrase
  pond vault recover --code-file @- --keychain < code.txt
"""


@click.command("recovery", epilog=RECOVERY_EPILOG)
@click.option(
    "--codes", type=click.IntRange(0, 100), default=8, metavar="N", help="How many; 8 unless given, 0 for none."
)
@global_options
@pass_invocation
def recovery(invocation: Invocation, codes: int) -> None:
    """Print one-time codes that open an encrypted file when its keys are lost."""
    from pondpilot_secrets.commands.recovery import MakeCodesRequest, make_codes

    with invocation.session() as session:
        result = make_codes(session, MakeCodesRequest(codes))
    try:
        _print(invocation, result)
    finally:
        for code in result.codes:
            code.close()


def _print(invocation: Invocation, result: MakeCodesResult) -> None:
    if invocation.json:
        print_json(result, exposing=True)
        return
    for code in result.codes:
        with code.exposed_text() as text:
            say(text)
    if result.codes:
        note("print these codes or write them down, and keep them away from this machine: they are shown this once")
        note("each opens the vault one time: `pond vault recover`; with a code and the vault's files, anybody can")
    note("older codes are void")


@click.command("recover", epilog=RECOVER_EPILOG)
@click.option("--code-file", metavar="FILE", help="A file with the code, @- for standard input; else it is asked for.")
@click.option("--key-file", type=click.Path(dir_okay=False), metavar="FILE", help="A new key file; made if missing.")
@click.option("--passphrase", is_flag=True, help="Ask for a new passphrase; so it does when nothing else is given.")
@click.option("--keychain", is_flag=True, help="Let the system's keychain open the vault.")
@click.option(
    "--drop", multiple=True, type=click.Choice(list(WAYS)), help="A kind of older keys that are to open it no more."
)
@global_options
@pass_invocation
def recover(
    invocation: Invocation,
    code_file: str | None,
    key_file: str | None,
    passphrase: bool,
    keychain: bool,
    drop: tuple[str, ...],
) -> None:
    """Get back into an encrypted file with a recovery code, and give it a new key."""
    from pondpilot_secrets.commands.recovery import RecoverRequest
    from pondpilot_secrets.commands.recovery import recover as run
    from pondpilot_secrets.interfaces.cli.prompt import ask_passphrase

    path = Path(key_file).expanduser().absolute() if key_file else None
    asks = passphrase or not (key_file or keychain)
    with invocation.session() as session, _code(code_file) as code:
        result = run(session, RecoverRequest(code, path, ask_passphrase if asks else None, keychain, drop))
    if invocation.json:
        print_json(result)
        return
    ways = " or ".join(WAYS.get(kind, kind) for kind in result.opens_with)
    note(f"the vault opens with {ways}; the code is used up, {result.codes_left} are left")
    if result.codes_left < 2:
        note("print new ones with `pond vault recovery`")


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
