"""Scopes as a person would give them."""

from __future__ import annotations

import functools


def shown_scopes(secret_type: str, scopes: tuple[str, ...]) -> str:
    """The scopes in a line: `*` for a secret that is sent everywhere, nothing for a type that has no use for them."""
    return " ".join(scopes or _shown_for_none(secret_type))


@functools.cache
def _shown_for_none(secret_type: str) -> tuple[str, ...]:
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.scopes import shown

    return shown(registry.get(secret_type), ()) if secret_type in registry.names() else ()
