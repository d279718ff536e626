"""Clearing a text of every value of the secrets that were in use when it came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.redaction.redact import WITHHELD, redact
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.protected_values import protected_values
from pondpilot_secrets.vault import reader
from pondpilot_secrets.vault.injection_service import references_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.vault.vault import Vault


def cleared(vault: Vault, text: str, names: Sequence[str]) -> str:
    """Return the text without any value of the secrets and of those that they refer to; never raises.

    The secrets are opened anew for this, so that nobody need hold their values while a query runs.
    """
    opened: list[SecretCredentials] = []
    try:
        _open(vault, names, opened)
        values = []
        for secret in opened:
            provider = registry.get(secret.metadata.type).provider(secret.metadata.provider)
            values += protected_values(provider, secret.credentials)
        return redact(text, values)
    except SecretError:
        return WITHHELD
    finally:
        for secret in opened:
            secret.close()


def _open(vault: Vault, names: Sequence[str], opened: list[SecretCredentials]) -> None:
    if not names:
        return
    found = reader.read(vault, names, Action.USE)
    opened += found
    for secret in found:
        _open(vault, list(references_of(secret, registry.get(secret.metadata.type)).values()), opened)
