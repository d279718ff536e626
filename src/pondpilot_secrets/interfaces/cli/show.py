"""`pond show`: a secret, without its sensitive values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import local_time, print_json, print_pairs
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET
from pondpilot_secrets.interfaces.cli.secret_pairs import secret_pairs
from pondpilot_secrets.secure import REDACTED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.show import ShowResult

EPILOG = """\b
Examples:
  pond show warehouse
  pond show warehouse --json
"""


@click.command("show", epilog=EPILOG)
@click.argument("name", type=SECRET)
@global_options
@pass_invocation
def command(invocation: Invocation, name: str) -> int:
    """Show what is known of a secret; sensitive values stay hidden."""
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.commands.show import ShowRequest

    with invocation.session() as session:
        result = dispatch(session, "show", ShowRequest(name))
    if invocation.json:
        print_json(result)
    else:
        print_pairs(_pairs(result))
    if result.problem is None:
        return 0
    from pondpilot_secrets.errors import exit_status
    from pondpilot_secrets.interfaces.cli.error_output import write_problem

    if not invocation.json:
        write_problem(result.problem)
    return exit_status(result.problem.code)


def _pairs(result: ShowResult) -> Iterable[tuple[str, str]]:
    secret = result.secret
    yield from secret_pairs(secret)
    yield "created", local_time(secret.created_at)
    yield "changed", f"{local_time(secret.updated_at)} (revision {secret.revision})"
    yield "last used", f"{local_time(secret.last_used_at)} ({secret.use_count} times)"
    if secret.expires_at is not None:
        from pondpilot_secrets.models import expiry_in_words

        yield "expiry", f"{expiry_in_words(secret.expires_at)} ({local_time(secret.expires_at)})"
    if secret.inject_only:
        yield "inject-only", "yes: handed to DuckDB, shown to nobody"
    yield "fields", ""
    for field in secret.field_names:
        yield f"  {field}", result.values.get(field, REDACTED)
