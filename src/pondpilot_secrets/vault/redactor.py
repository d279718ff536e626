"""Redacting a text: taking out every value of the secrets that were in use when it came about."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.redaction.redact import WITHHELD, redact
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.protected_values import protected_values
from pondpilot_secrets.vault.references import references_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.vault.ports import ReadSecrets


class Redactor:
    """Redacts texts of the values of secrets, which it opens for it, so that nobody need hold them while a query runs."""

    def __init__(self, read: ReadSecrets) -> None:
        self._read = read

    def redact(self, text: str, names: Sequence[str]) -> str:
        """Return the text without any value of the secrets and of those that they refer to; never raises."""
        try:
            with contextlib.ExitStack() as stack:
                values = []
                for secret in self._open(names, stack):
                    provider = registry.get(secret.metadata.type).provider(secret.metadata.provider)
                    values += protected_values(provider, secret.credentials)
                return redact(text, values)
        except SecretError as error:
            log.info("vault", "a text is withheld, because its secrets cannot be opened: %s", error.message)
            return WITHHELD

    def _open(self, names: Sequence[str], stack: contextlib.ExitStack) -> list[SecretCredentials]:
        """Open secrets and all that they refer to, to be closed with the stack."""
        if not names:
            return []
        opened = self._read(names, Action.USE)
        for secret in opened:
            stack.callback(secret.close)
        referred = [
            id_ for secret in opened for id_ in references_of(secret, registry.get(secret.metadata.type)).values()
        ]
        return [*opened, *self._open(referred, stack)]
