"""`pond audit export`: the whole log as JSON lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.options import SINCE
from pondpilot_secrets.interfaces.cli.output import escape_json, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pondpilot_secrets.commands.codec import Json
    from pondpilot_secrets.commands.session import Session

EPILOG = """\b
Every line is one JSON object, the oldest first.

\b
Examples:
  pond audit export > audit.jsonl
  pond audit export --format ocsf --since 2026-11-01
"""


@click.command("export", epilog=EPILOG)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "ocsf"]),
    default="jsonl",
    show_default=True,
    help="In pond's own words, or those of OCSF.",
)
@SINCE
@global_options
@pass_invocation
def command(invocation: Invocation, form: str, since: datetime | None) -> None:
    """Write the log as JSON lines, in pond's own words or those of OCSF."""
    import json

    with invocation.session() as session:
        for line in _ocsf(session, since) if form == "ocsf" else _own(session, since):
            say(escape_json(json.dumps(line, ensure_ascii=False, separators=(",", ":"))))
    sys.stdout.flush()


def _own(session: Session, since: datetime | None) -> Iterator[Json]:
    from pondpilot_secrets.commands.audit import ExportRequest
    from pondpilot_secrets.commands.codec import to_json
    from pondpilot_secrets.commands.registry import dispatch

    yield from map(to_json, dispatch(session, "audit.export", ExportRequest(since)))


def _ocsf(session: Session, since: datetime | None) -> Iterator[Json]:
    from pondpilot_secrets.commands.audit import ExportOCSFRequest
    from pondpilot_secrets.commands.registry import dispatch

    for row in dispatch(session, "audit.ocsf", ExportOCSFRequest(since)):
        yield dict(row.event)
