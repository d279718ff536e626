"""`pond reveal`: one value, to standard output and nowhere else."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET, FieldWord

if TYPE_CHECKING:
    from pondpilot_secrets.secure import SecureString

EPILOG = """\b
Examples:
  pond reveal warehouse password
  pond reveal warehouse password | pbcopy
"""


@click.command("reveal", epilog=EPILOG)
@click.argument("name", type=SECRET)
@click.argument("field", type=FieldWord(suffix=""))
@global_options
@pass_invocation
def command(invocation: Invocation, name: str, field: str) -> None:
    """Print the value of a FIELD exactly; a line end follows on a terminal only."""
    from pondpilot_secrets.commands.revealing import RevealRequest, reveal

    with invocation.session() as session:
        result = reveal(session, RevealRequest(name, field))
        with result.value:
            if invocation.json:
                from pondpilot_secrets.secure.json_buffer import write_map

                with write_map({"name": result.name, "field": result.field, "value": result.value}) as document:
                    _write(document, ending=b"\n")
            else:
                _write(result.value, ending=b"\n" if sys.stdout.isatty() else b"")


def _write(value: SecureString, ending: bytes) -> None:
    """Write past Python's buffers, which would keep a copy."""
    sys.stdout.flush()
    output = sys.stdout.fileno()
    with value.exposed() as view:
        written = 0
        while written < len(view):
            written += os.write(output, view[written:])
    os.write(output, ending)
