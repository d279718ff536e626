"""`pond vault`: where credentials are stored, what opens the vault, how it protects them, and moving or repairing it."""

from __future__ import annotations

from pondpilot_secrets.interfaces.cli.invocation import global_options
from pondpilot_secrets.interfaces.cli.registry_group import group

EPILOG = """\b
Examples:
  pond vault status
  pond vault init --store file --key-file ~/pond.key
  pond vault move --to file
"""


@group("vault", epilog=EPILOG)
@global_options
def command() -> None:
    """Look after the vault."""
