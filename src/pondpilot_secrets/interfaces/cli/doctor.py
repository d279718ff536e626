"""`pond doctor`: what is wrong on this machine, and how to mend it."""

from __future__ import annotations

import sys

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import padded, painted, print_json, printable, say

EPILOG = """\b
The exit status is 1 if something is broken. Nothing is opened, and nobody is asked anything.

\b
Examples:
  pond doctor
  pond doctor --json
"""

BROKEN = 1
_COLOURS = {"ok": "green", "warning": "yellow", "broken": "red"}
_SUBJECT, _HEALTH = 18, 7


@click.command("doctor", epilog=EPILOG)
@global_options
@pass_invocation
def command(invocation: Invocation) -> int:
    """Look at the keychain, the vault, DuckDB and its extensions, and say how to mend what is wrong."""
    from pondpilot_secrets.commands.doctor import DoctorRequest, doctor

    with invocation.session() as session:
        result = doctor(session, DoctorRequest())
    if invocation.json:
        print_json(result)
    else:
        for finding in result.findings:
            health = painted(padded(finding.health, _HEALTH), _COLOURS[finding.health], sys.stdout)
            say(f"{health}  {padded(finding.subject, _SUBJECT)}  {printable(finding.message)}")
            if finding.hint:
                say(" " * (_SUBJECT + _HEALTH + 4) + f"→ {printable(finding.hint)}")
    return 0 if result.ok else BROKEN
