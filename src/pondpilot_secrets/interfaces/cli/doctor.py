"""`pond doctor`: what is wrong on this machine, and how to fix it."""

from __future__ import annotations

import sys

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import escape_text, pad, paint, print_json, say

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
    """Check the keychain, the vault, DuckDB and its extensions, and say how to fix what is wrong."""
    from pondpilot_secrets.commands.doctor import DoctorRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "doctor", DoctorRequest())
    if invocation.json:
        print_json(result)
    else:
        for check in result.checks:
            health = paint(pad(check.health, _HEALTH), _COLOURS[check.health], sys.stdout)
            say(f"{health}  {pad(check.subject, _SUBJECT)}  {escape_text(check.message)}")
            if check.hint:
                say(" " * (_SUBJECT + _HEALTH + 4) + f"→ {escape_text(check.hint)}")
    return 0 if result.ok else BROKEN
