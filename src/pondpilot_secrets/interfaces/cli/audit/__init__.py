"""`pond audit`: who did what with which secret, and whether the log of it is complete."""

from __future__ import annotations

from pondpilot_secrets.interfaces.cli.invocation import global_options
from pondpilot_secrets.interfaces.cli.registry_group import group

EPILOG = """\b
Examples:
  pond audit ls
  pond audit verify
  pond audit export --format ocsf > audit.jsonl
"""


@group("audit", epilog=EPILOG)
@global_options
def command() -> None:
    """Read and check the audit log."""
