"""`pond audit verify`: whether the log is as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import print_json, print_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.audit import VerifyResult

EPILOG = """\b
It prints the end of the log. Kept somewhere else, on paper or in a ticket, it proves later that the log was not put back to
before it.

\b
Examples:
  pond audit verify
  pond audit verify --since 42:8e5330d145480be38de2ac5bd780ea5afb8e81a612a5505f3a0e629569845c89
"""

BROKEN = 1


@click.command("verify", epilog=EPILOG)
@click.option("--since", metavar="SEQ:MAC", help="An end of the log that was kept elsewhere.")
@global_options
@pass_invocation
def command(invocation: Invocation, since: str | None) -> int:
    """Check that no record was changed, taken out, put in or cut off; the exit status is 1 if one was."""
    from pondpilot_secrets.commands.audit import VerifyRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "audit.verify", VerifyRequest(since))
    if invocation.json:
        print_json(result)
    else:
        print_pairs(_pairs(result))
    return 0 if result.ok else BROKEN


def _pairs(result: VerifyResult) -> Iterable[tuple[str, str]]:
    yield "log", "complete" if result.ok else f"BROKEN: {result.reason}"
    if result.first_bad_seq is not None:
        yield "at record", str(result.first_bad_seq)
    yield "checked", f"{result.rows} records"
    if result.earlier_rows:
        yield "not checkable", f"{result.earlier_rows} records from before the log was started again"
    if result.anchor is not None:
        yield "end", result.anchor
