"""Options that several commands have in the same words."""

from __future__ import annotations

import click

from pondpilot_secrets.interfaces.cli.parameter_types import Moment

TIMEOUT = click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long a server may take.",
)

SINCE = click.option("--since", type=Moment(), metavar="WHEN", help="Only what happened from then on.")

KEY_FILE = click.option(
    "--key-file",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="The key file of an encrypted file; made if missing.",
)

PASSPHRASE = click.option(
    "--passphrase", is_flag=True, help="Ask for a new passphrase; so it does when nothing else is given."
)

KEYCHAIN = click.option("--keychain", is_flag=True, help="Let the system's keychain open the vault.")
