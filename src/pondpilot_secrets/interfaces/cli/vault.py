"""`pond vault`: where credentials rest, what opens the vault, and moving it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli import vault_limits, vault_presence, vault_repair
from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_pairs
from pondpilot_secrets.interfaces.cli.vault_recovery import WAYS, recover, recovery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.vault import StatusResult

EPILOG = """\b
Examples:
  pond vault status
  pond vault init --store file --key-file ~/pond.key
  pond vault migrate --to file
"""

INIT_EPILOG = """\b
Examples:
  pond vault init
  pond vault init --store file
  pond vault init --store file --key-file ~/pond.key
"""

MIGRATE_EPILOG = """\b
All credentials are copied and read back before anything is taken from the old store; whatever interrupts it, none is
lost. If it was interrupted while it emptied the old store, the same command finishes that.

\b
Examples:
  pond vault migrate --to file --key-file ~/pond.key
  pond vault migrate --to system
"""

REKEY_EPILOG = """\b
Examples:
  pond vault rekey
  pond vault rekey --key-file ~/new-pond.key
  pond vault rekey --keychain

Recovery codes are void afterwards, too; print new ones with `pond vault recovery`.
"""


@click.group("vault", epilog=EPILOG)
@global_options
def command() -> None:
    """Look after the vault."""


@command.command("status", epilog="\b\nExample:\n  pond vault status --json")
@global_options
@pass_invocation
def status(invocation: Invocation) -> None:
    """Say where credentials rest and why, without opening anything."""
    from pondpilot_secrets.commands.vault import StatusRequest
    from pondpilot_secrets.commands.vault import status as run

    with invocation.session() as session:
        _show(invocation, run(session, StatusRequest()))


@command.command("init", epilog=INIT_EPILOG)
@click.option("--store", type=click.Choice(["auto", "system", "file"]), help="Where credentials are to rest.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The key of an encrypted file; made if missing.",
)
@global_options
@pass_invocation
def init(invocation: Invocation, store: str | None, key_file: str | None) -> None:
    """Make a vault; one is made at first use anyway, this is to choose how."""
    from pondpilot_secrets.commands.vault import InitRequest
    from pondpilot_secrets.commands.vault import init as run
    from pondpilot_secrets.settings import expand_path

    with invocation.session(store=store, key_file=key_file) as session:
        result = run(session, InitRequest())
    _show(invocation, result)
    if key_file and not invocation.json:
        note(f"{expand_path(key_file).absolute()} opens it, which it remembers; keep a copy of that file elsewhere")


@command.command("unlock", epilog="\b\nExample:\n  pond vault unlock")
@global_options
@pass_invocation
def unlock(invocation: Invocation) -> None:
    """Unlock the system's keychain; for a vault in an encrypted file, try whether the key or passphrase opens it."""
    from pondpilot_secrets.commands.vault import UnlockRequest
    from pondpilot_secrets.commands.vault import unlock as run

    with invocation.session() as session:
        result = run(session, UnlockRequest())
    if invocation.json:
        print_json(result)
    else:
        note("the vault is open" if result.store == "file" else "the keychain is unlocked")


@command.command("migrate", epilog=MIGRATE_EPILOG)
@click.option("--to", type=click.Choice(["system", "file"]), required=True, help="The store to move to.")
@click.option(
    "--key-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The key of the encrypted file; made if missing.",
)
@global_options
@pass_invocation
def migrate(invocation: Invocation, to: str, key_file: str | None) -> None:
    """Move every credential to another store."""
    from pondpilot_secrets.commands.vault import MigrateRequest
    from pondpilot_secrets.commands.vault import migrate as run

    with invocation.session(key_file=key_file) as session:
        result = run(session, MigrateRequest(to), _progress)
    if invocation.json:
        print_json(result)
        return
    note(f"moved {result.moved} items from the {result.source} store to the {result.target} store")
    for name in result.missing:
        note(f"the credential of {name} was gone already: enter it again with `pond edit {name}`")


@command.command("rekey", epilog=REKEY_EPILOG)
@click.option("--key-file", type=click.Path(dir_okay=False), metavar="FILE", help="A new key file; made if missing.")
@click.option("--passphrase", is_flag=True, help="Ask for a new passphrase; so it does when nothing else is given.")
@click.option("--keychain", is_flag=True, help="Let the system's keychain open the vault.")
@global_options
@pass_invocation
def rekey(invocation: Invocation, key_file: str | None, passphrase: bool, keychain: bool) -> None:
    """Seal a vault anew, so that the given keys open it and no older ones do."""
    from pondpilot_secrets.commands.vault import RekeyRequest
    from pondpilot_secrets.commands.vault import rekey as run
    from pondpilot_secrets.interfaces.cli.prompt import ask_passphrase
    from pondpilot_secrets.settings import expand_path

    asks = passphrase or not (key_file or keychain)
    path = expand_path(key_file).absolute() if key_file else None
    with invocation.session() as session:
        result = run(session, RekeyRequest(path, ask_passphrase if asks else None, keychain))
    if invocation.json:
        print_json(result)
    else:
        ways = " or ".join(WAYS.get(kind, kind) for kind in result.opens_with)
        note(f"sealed {result.items} items anew; the vault opens with {ways}")
        if result.void_codes:
            note(f"its {result.void_codes} recovery codes are void: print new ones with `pond vault recovery`")


command.add_command(recovery)
command.add_command(recover)
command.add_command(vault_repair.command)
command.add_command(vault_limits.command)
command.add_command(vault_presence.command)


def _show(invocation: Invocation, result: StatusResult) -> None:
    if invocation.json:
        print_json(result)
    else:
        print_pairs(_pairs(result))


def _pairs(result: StatusResult) -> Iterable[tuple[str, str]]:
    yield "folder", result.home
    yield "store", result.store or "not made yet"
    yield "because", result.reason or "-"
    if result.opens_with:
        codes = f", {result.recovery_codes} recovery codes" if result.recovery_codes else ""
        yield "opens with", " or ".join(WAYS.get(kind, kind) for kind in result.opens_with) + codes
    yield "made", result.created_at or "-"
    yield "secrets", str(result.secrets)
    if result.unfinished:
        yield (
            "unfinished",
            f"{result.unfinished} writes that a crash left; the next command that opens the store ends them",
        )
    if result.moving_from:
        yield (
            "unfinished",
            f"the {result.moving_from} store has yet to be emptied: `pond vault migrate --to {result.store}`",
        )
    if result.store == "file" and "keychain" not in result.opens_with:
        return
    keychain = result.keychain
    state = "does not answer" if not keychain.available else "locked" if keychain.locked else "unlocked"
    yield "keychain", f"{keychain.description}: {state}" + (f" ({keychain.reason})" if keychain.reason else "")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and total > 1:
        sys.stderr.write(f"\r{done}/{total}" + ("\r\x1b[K" if done == total else ""))
        sys.stderr.flush()
