"""`pond audit ls`: what was done, the newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import SINCE
from pondpilot_secrets.interfaces.cli.output import local_time, note, print_json, print_table
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

if TYPE_CHECKING:
    from datetime import datetime

    from pondpilot_secrets.commands.audit import AuditEvent

EPILOG = """\b
Examples:
  pond audit ls warehouse
  pond audit ls --since 2026-11-01 --limit 1000
"""


@click.command("ls", epilog=EPILOG)
@click.argument("name", required=False, type=SECRET)
@SINCE
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, metavar="N", help="The newest N.")
@global_options
@pass_invocation
def command(invocation: Invocation, name: str | None, since: datetime | None, limit: int) -> None:
    """List what was done, the newest first; with NAME what was done with that secret."""
    from pondpilot_secrets.commands.audit import AuditListRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "audit.list", AuditListRequest(name, since, limit))
    if invocation.json:
        print_json(result)
    elif result.records:
        print_table(("WHEN", "ACTION", "SECRET", "OUTCOME", "BY", "DETAIL"), map(_row, result.records))
    else:
        note("nothing is recorded")


def _row(event: AuditEvent) -> tuple[str, ...]:
    outcome = event.outcome if event.code is None else f"{event.outcome} ({event.code})"
    by = f"{event.user}, {event.interface}, process {event.pid}"
    return local_time(event.at), event.action, event.secret_name or "-", outcome, by, event.detail or ""
