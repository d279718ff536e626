"""`pond ls`: list secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import local_time, note, print_json, print_table
from pondpilot_secrets.interfaces.cli.parameter_types import TYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.commands.results import SecretInfo

EPILOG = """\b
Examples:
  pond ls
  pond ls prod --type s3
  pond ls --tag finance --json
"""


@click.command("ls", epilog=EPILOG)
@click.argument("query", required=False)
@click.option("--type", "type_name", type=TYPE, metavar="TYPE", help="Only secrets of this type.")
@click.option("--tag", metavar="TAG", help="Only secrets with this tag.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N only.")
@global_options
@pass_invocation
def command(
    invocation: Invocation, query: str | None, type_name: str | None, tag: str | None, limit: int | None
) -> None:
    """List secrets, or those whose name, tags, scopes or description match QUERY; the keychain is not opened."""
    from pondpilot_secrets.commands.list import ListRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "list", ListRequest(query, type_name, tag, limit))
    if invocation.json:
        print_json(result)
    elif result.secrets:
        _show(result.secrets)
    elif query or type_name or tag:
        note("no secret matches; `pond ls` lists all of them")
    else:
        note("no secrets yet; `pond add TYPE NAME` saves one, `pond add --help` shows how")


def _show(secrets: Sequence[SecretInfo]) -> None:
    """Print the table, with a column for expiry where any secret has one."""
    headers: tuple[str, ...] = ("NAME", "TYPE", "SCOPES", "TAGS", "LAST USED")
    if all(secret.expires_at is None for secret in secrets):
        print_table(headers, map(_row, secrets))
    else:
        from pondpilot_secrets.models import expiry_in_words

        print_table(
            (*headers, "EXPIRY"),
            ((*_row(secret), expiry_in_words(secret.expires_at) if secret.expires_at else "-") for secret in secrets),
        )


def _row(secret: SecretInfo) -> tuple[str, ...]:
    return secret.name, secret.type, " ".join(secret.scopes), " ".join(secret.tags), local_time(secret.last_used_at)
