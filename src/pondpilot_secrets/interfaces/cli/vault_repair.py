"""`pond vault mend`: keep entries that were damaged or edited by another program, once somebody has seen them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_pairs, say, when
from pondpilot_secrets.interfaces.cli.secret_pairs import described

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.repair import DamageResult, MendResult
    from pondpilot_secrets.models import SecretMetadata

EPILOG = """\b
metadata.db holds names, scopes, tags and descriptions, each entry with a check of its own. An entry that a failing disk
or another program changed is shown as it reads now, and kept if you agree; `pond edit` and `pond rename` then correct it.
Credentials rest elsewhere: one whose scope or provider changed stays refused. What leads to entries is made anew.

\b
Examples:
  pond vault mend
  pond vault mend --yes
  pond vault mend --yes --json
"""

DECLINED = 1
STILL_BROKEN = 27
"""The exit status of code 1018."""


@click.command("mend", epilog=EPILOG)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@global_options
@pass_invocation
def command(invocation: Invocation, yes: bool) -> int:
    """Keep damaged entries of metadata.db as they read now."""
    from pondpilot_secrets.commands.repair import DamageRequest, MendRequest, MendResult, damage, mend

    with invocation.session() as session:
        found = damage(session, DamageRequest())
        if found.altered and not _agreed(found, yes, quiet=invocation.json):
            note("nothing changed")
            return DECLINED
        result = MendResult((), found) if found.sound else mend(session, MendRequest(found.altered))
    if invocation.json:
        print_json(result)
    elif found.sound:
        note("every entry is as it was written")
    else:
        _report(result)
    return 0 if result.left.sound else STILL_BROKEN


def _agreed(found: DamageResult, yes: bool, *, quiet: bool) -> bool:
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError
    from pondpilot_secrets.interfaces.cli.prompt import confirm

    instead = "`pond vault mend --yes` keeps them without asking"
    if quiet:
        if not yes:
            raise CommandLineError("with --json nothing is shown that could be agreed to", hint=instead)
        return True
    for number, entry in enumerate(found.altered):
        if number:
            say("")
        print_pairs(_pairs(entry))
    return yes or confirm(f"keep {_counted(len(found.altered))} as shown?", instead=instead)


def _report(result: MendResult) -> None:
    note(f"kept {_counted(len(result.kept))}, and made anew what leads to entries")
    for line in result.left.broken:
        note(f"still broken: {line}")
    for entry in (*result.left.altered, *result.left.astray):
        note(f"the entry of {entry.name!r} changed meanwhile: run this again")
    if result.left.broken:
        note("what is still broken needs a backup: `pond doctor` says how to put it back")


def _counted(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _pairs(entry: SecretMetadata) -> Iterable[tuple[str, str]]:
    """All that an entry's check covers."""
    yield from described(entry)
    yield "fields", " ".join(entry.field_names) or "-"
    yield "created", when(entry.created_at)
    yield "changed", f"{when(entry.updated_at)} (revision {entry.revision})"
    yield "expiry", "-" if entry.expires_at is None else when(entry.expires_at)
    yield "inject-only", "yes" if entry.inject_only else "no"
