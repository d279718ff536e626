"""`pond vault presence`: whether this vault asks if you are there before it shows a value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.output import note, print_json, print_pairs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.presence import PresenceResult

EPILOG = """\b
Touch ID, Windows Hello or polkit ask, or else the passphrase of an encrypted file. Nobody is asked on a machine that has
none of these, or for a vault that a key file opens.

\b
Examples:
  pond vault presence
  pond vault presence off
  pond vault presence on --grace 60
"""


@click.command("presence", epilog=EPILOG)
@click.argument("mode", required=False, type=click.Choice(["on", "off"]), metavar="[on|off]")
@click.option("--grace", type=float, metavar="SECONDS", help="For how long an answer holds; 0 asks each time.")
@global_options
@pass_invocation
def command(invocation: Invocation, mode: Literal["on", "off"] | None, grace: float | None) -> None:
    """Show whether this vault asks if you are there before it shows a value, or change it."""
    from pondpilot_secrets.commands.presence import PresenceRequest
    from pondpilot_secrets.commands.registry import dispatch

    with invocation.session() as session:
        result = dispatch(session, "vault.presence", PresenceRequest(mode, grace))
    if invocation.json:
        print_json(result)
        return
    print_pairs(_pairs(result))
    for hint in (way.hint for way in result.ways if way.hint):
        note(f"hint: {hint}")


def _pairs(result: PresenceResult) -> Iterable[tuple[str, str]]:
    yield "presence", result.mode
    yield "an answer holds", f"{result.grace:g} s"
    if result.remaining:
        yield "confirmed", f"for {result.remaining:.0f} s more"
    for way in result.ways:
        state = "can ask" if way.available else "cannot ask"
        yield way.name, state + (f": {way.reason}" if way.reason else "")
    if result.exempt is not None:
        yield "now", f"nobody is asked: {result.exempt}"
    elif result.asked is None:
        yield "now", "nobody is asked" + ("" if result.mode == "off" else ": nobody can be")
