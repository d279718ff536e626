"""The inside of an open vault, for tests that break it or look at what no public call tells."""

from __future__ import annotations

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.vault.vault import Vault


def parts(manager: SecretsManager) -> Vault:
    """Return the open parts of a vault."""
    return manager._vault
