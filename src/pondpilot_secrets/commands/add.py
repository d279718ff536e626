"""Saving a new secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import SecretInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class AddRequest(Request["AddResult"]):
    """A secret to save; fields under DuckDB's names or their aliases, a map as the text of a JSON object."""

    type: str
    name: str
    fields: Mapping[str, SecureString]
    provider: str | None = None
    scopes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str | None = None
    expires: str | None = None
    inject_only: bool = False


@dataclass(frozen=True, slots=True)
class AddResult:
    """What is known of the new secret."""

    secret: SecretInfo


def add(session: Session, request: AddRequest) -> AddResult:
    """Save a new secret; raises as `SecretsManager.save_secret` does."""
    saved = session.manager.save_secret(
        request.type,
        request.name,
        request.fields,
        provider=request.provider,
        scope=request.scopes,
        tags=request.tags,
        description=request.description,
        expires=request.expires,
        inject_only=request.inject_only,
    )
    return AddResult(SecretInfo.of(saved))
