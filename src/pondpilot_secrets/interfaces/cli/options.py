"""Options that several commands have in the same words."""

from __future__ import annotations

import click

TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a server may take.",
)
