"""`pond vault mend`: keep entries that were damaged or edited by another program, once somebody has seen them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.models import SecretMetadata

EPILOG = """\b
metadata.db holds names, scopes, tags and descriptions, each entry with a check of its own. An entry that a failing disk
or another program changed is shown as it reads now, and kept if you agree; `pond edit` and `pond rename` then correct it.
Credentials rest elsewhere: one whose scope or provider changed stays refused until it is edited.

\b
Examples:
  pond vault mend
  pond vault mend --yes
"""

DECLINED = 1


@click.command("mend", epilog=EPILOG)
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@global_options
@pass_invocation
def command(invocation: Invocation, yes: bool) -> int:
    """Keep damaged entries of metadata.db as they read now."""
    from pondpilot_secrets.commands.mending import AlteredRequest, MendRequest, altered, mend
    from pondpilot_secrets.interfaces.cli.prompting import confirm

    with invocation.session() as session:
        found = altered(session, AlteredRequest()).entries
        if not invocation.json:
            for entry in found:
                print_pairs(_pairs(entry))
        question = f"keep {_counted(len(found))} as shown?"
        if found and not yes and not confirm(question, instead="`pond vault mend --yes` keeps them without asking"):
            note("nothing changed")
            return DECLINED
        result = mend(session, MendRequest(found)) if found else None
    if invocation.json:
        print_json({"kept": () if result is None else result.kept})
    else:
        note("every entry is as it was written" if result is None else f"kept {_counted(len(result.kept))}")
    return 0


def _counted(entries: int) -> str:
    return f"{entries} {'entry' if entries == 1 else 'entries'}"


def _pairs(entry: SecretMetadata) -> Iterable[tuple[str, str]]:
    yield "name", entry.name
    yield "type", f"{entry.type} ({entry.provider})"
    yield "scopes", " ".join(entry.scopes) or "-"
    yield "tags", " ".join(entry.tags) or "-"
    yield "description", json.dumps(entry.description or "", ensure_ascii=False)
    yield "id", entry.id
