"""`pond vault repair`: rebuild indexes, and keep corrupt entries as they read now, once the person has seen them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import local_time, note, print_json, print_pairs, say
from pondpilot_secrets.interfaces.cli.secret_pairs import secret_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.repair import CheckResult, RepairResult
    from pondpilot_secrets.commands.results import SecretInfo

EPILOG = """\b
metadata.db holds names, scopes, tags and descriptions, each entry with a checksum of its own. An entry that a failing disk
or another program changed is shown as it reads now, and kept if you agree; `pond edit` and `pond rename` then correct it.
Credentials are stored elsewhere: one whose scope or provider changed stays refused. Indexes are rebuilt.

\b
Examples:
  pond vault repair
  pond vault repair --yes
  pond vault repair --yes --json
"""

DECLINED = 1
STILL_BROKEN = 27
"""The exit status of code 1018."""

INSTEAD = "`pond vault repair --yes` keeps them without asking"


@click.command("repair", epilog=EPILOG)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@global_options
@pass_invocation
def command(invocation: Invocation, yes: bool) -> int:
    """Rebuild indexes, and keep corrupt entries of metadata.db as they read now."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.repair import CheckRequest, RepairRequest, RepairResult
    from pondpilot_secrets.interfaces.cli.prompt import confirm

    with invocation.session(confirm=None if yes else partial(confirm, instead=INSTEAD)) as session:
        check = dispatch(session, "vault.check", CheckRequest())
        if check.ok:
            result = RepairResult((), check)
        else:
            _show_entries(check, yes=yes, quiet=invocation.json)
            result = dispatch(session, "vault.repair", RepairRequest(check.corrupt))
    if result.declined:
        note("nothing changed")
        return DECLINED
    if invocation.json:
        print_json(result)
    elif check.ok:
        note("every entry is as it was written")
    else:
        _report(result)
    return 0 if result.left.ok else STILL_BROKEN


def _show_entries(check: CheckResult, *, yes: bool, quiet: bool) -> None:
    """Show what the person is about to be asked about."""
    if quiet:
        if check.corrupt and not yes:
            from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

            raise CommandLineError("with --json nothing is shown that could be agreed to", hint=INSTEAD)
        return
    for number, entry in enumerate(check.corrupt):
        if number:
            say("")
        print_pairs(_pairs(entry))


def _report(result: RepairResult) -> None:
    note(f"kept {_counted(len(result.kept))}, and rebuilt the indexes")
    for line in result.left.unreadable:
        note(f"still broken: {line}")
    for entry in (*result.left.corrupt, *result.left.unindexed):
        note(f"the entry of {entry.name!r} changed meanwhile: run this again")
    if result.left.unreadable:
        note("what is still broken needs a backup: `pond doctor` says how to put it back")


def _counted(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _pairs(entry: SecretInfo) -> Iterable[tuple[str, str]]:
    """All that an entry's checksum covers."""
    yield from secret_pairs(entry)
    yield "fields", " ".join(entry.field_names) or "-"
    yield "created", local_time(entry.created_at)
    yield "changed", f"{local_time(entry.updated_at)} (revision {entry.revision})"
    yield "expiry", "-" if entry.expires_at is None else local_time(entry.expires_at)
    yield "inject-only", "yes" if entry.inject_only else "no"
