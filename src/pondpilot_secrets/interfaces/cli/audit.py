"""`pond audit`: who did what with which secret, and whether the log of it is whole."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import (
    harmless_json,
    note,
    print_json,
    print_pairs,
    print_table,
    say,
    when,
)
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.access.audit.records import AuditRecord
    from pondpilot_secrets.commands.audit import VerifyResult

EPILOG = """\b
Examples:
  pond audit ls
  pond audit verify
  pond audit export --format ocsf > audit.jsonl
"""

LS_EPILOG = """\b
Examples:
  pond audit ls warehouse
  pond audit ls --since 2026-11-01 --limit 1000
"""

VERIFY_EPILOG = """\b
It prints the end of the log. Kept somewhere else, on paper or in a ticket, it proves later that the log was not put back to
before it.

\b
Examples:
  pond audit verify
  pond audit verify --since 42:8e5330d145480be38de2ac5bd780ea5afb8e81a612a5505f3a0e629569845c89
"""

EXPORT_EPILOG = """\b
Every line is one JSON object, the oldest first.

\b
Examples:
  pond audit export > audit.jsonl
  pond audit export --format ocsf --since 2026-11-01
"""

RESTART_EPILOG = """\b
What was recorded before stays, and is told apart from what follows: nobody can check it any more.

\b
Example:
  pond audit restart --reason "restored from the backup of Monday"
"""

BROKEN = 1


class Moment(click.ParamType["datetime"]):
    """A moment in ISO 8601, in local time unless it says otherwise."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Read the moment."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError):
            self.fail("it is no moment; give it as 2026-11-24 or 2026-11-24T18:00", param, ctx)


SINCE = click.option("--since", type=Moment(), metavar="WHEN", help="Only what happened from then on.")


@click.group("audit", epilog=EPILOG)
@global_options
def command() -> None:
    """Read and check the audit log."""


@command.command("ls", epilog=LS_EPILOG)
@click.argument("name", required=False, type=SECRET)
@SINCE
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, metavar="N", help="The newest N.")
@global_options
@pass_invocation
def ls(invocation: Invocation, name: str | None, since: datetime | None, limit: int) -> None:
    """List what was done, the newest first; with NAME what was done with that secret."""
    from pondpilot_secrets.commands.audit import AuditListRequest, list_records

    with invocation.session() as session:
        result = list_records(session, AuditListRequest(name, since, limit))
    if invocation.json:
        print_json(result)
    elif result.records:
        print_table(("WHEN", "ACTION", "SECRET", "OUTCOME", "BY", "DETAIL"), map(_row, result.records))
    else:
        note("nothing is recorded")


def _row(record: AuditRecord) -> tuple[str, ...]:
    outcome = record.outcome if record.code is None else f"{record.outcome} ({record.code})"
    by = f"{record.user}, {record.interface}, process {record.pid}"
    return when(record.at), record.action, record.secret_name or "-", outcome, by, record.detail or ""


@command.command("verify", epilog=VERIFY_EPILOG)
@click.option("--since", metavar="SEQ:SEAL", help="An end of the log that was kept elsewhere.")
@global_options
@pass_invocation
def verify(invocation: Invocation, since: str | None) -> int:
    """Check that no record was changed, taken out, put in or cut off; the exit status is 1 if one was."""
    from pondpilot_secrets.commands.audit import VerifyRequest
    from pondpilot_secrets.commands.audit import verify as run

    with invocation.session() as session:
        result = run(session, VerifyRequest(since))
    if invocation.json:
        print_json(result)
    else:
        print_pairs(_pairs(result))
    return 0 if result.verification.ok else BROKEN


def _pairs(result: VerifyResult) -> Iterable[tuple[str, str]]:
    found = result.verification
    yield "log", "whole" if found.ok else f"BROKEN: {found.reason}"
    if found.first_bad_seq is not None:
        yield "at record", str(found.first_bad_seq)
    yield "checked", f"{found.rows} records"
    if found.earlier_rows:
        yield "not checkable", f"{found.earlier_rows} records from before the log was begun anew"
    if result.anchor is not None:
        yield "end", result.anchor


@command.command("export", epilog=EXPORT_EPILOG)
@click.option(
    "--format", "form", type=click.Choice(["jsonl", "ocsf"]), default="jsonl", show_default=True, help="Whose words."
)
@SINCE
@global_options
@pass_invocation
def export(invocation: Invocation, form: str, since: datetime | None) -> None:
    """Write the log as JSON lines, in our own words or those of OCSF."""
    import json

    from pondpilot_secrets.access.audit.ocsf import event_of
    from pondpilot_secrets.commands.audit import AuditExportRequest
    from pondpilot_secrets.commands.audit import export as run
    from pondpilot_secrets.commands.jsonable import to_json

    with invocation.session() as session:
        for record in run(session, AuditExportRequest(since)):
            line = event_of(record) if form == "ocsf" else to_json(record)
            say(harmless_json(json.dumps(line, ensure_ascii=False, separators=(",", ":"))))
    sys.stdout.flush()


@command.command("restart", epilog=RESTART_EPILOG)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is recorded.")
@global_options
@pass_invocation
def restart(invocation: Invocation, reason: str) -> None:
    """Begin the log anew after its end was destroyed, so that the vault can be used again."""
    from pondpilot_secrets.commands.audit import RestartRequest
    from pondpilot_secrets.commands.audit import restart as run

    with invocation.session() as session:
        result = run(session, RestartRequest(reason))
    if invocation.json:
        print_json(result)
    else:
        note("the log begins anew; what was recorded before is kept")
