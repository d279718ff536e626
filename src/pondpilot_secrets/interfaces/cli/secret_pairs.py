"""What is known of a secret, in words for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.commands.results import SecretInfo


def secret_pairs(secret: SecretInfo) -> Iterable[tuple[str, str]]:
    """Give names and texts of what a person said of a secret when it was saved."""
    yield "name", secret.name
    yield "id", secret.id
    yield "type", f"{secret.type} ({secret.provider})"
    yield "scopes", _scopes(secret) or "-"
    yield "tags", " ".join(secret.tags) or "-"
    yield "description", secret.description or "-"


def _scopes(secret: SecretInfo) -> str:
    """The scopes as a person would give them: `*` for a secret that is sent everywhere."""
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.scopes import display_scopes

    secret_type = registry.find(secret.type)  # None where a damaged row names another
    return " ".join(secret.scopes if secret_type is None else display_scopes(secret_type, secret.scopes))
