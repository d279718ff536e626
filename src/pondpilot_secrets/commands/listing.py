"""Listing secrets; a file of its own, because `pond ls` is to be fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which secrets to list: those whose name, tags, scopes or description hold the query; None means all."""

    query: str | None = None
    type: str | None = None
    tag: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ListResult:
    """The secrets by name."""

    secrets: tuple[SecretMetadata, ...]


def list_secrets(session: Session, request: ListRequest) -> ListResult:
    """List secrets without opening the keychain."""
    secret_type = request.type
    if secret_type is not None:
        from pondpilot_secrets.secret_types import registry

        secret_type = registry.get(secret_type).name
    found = session.manager.list_secrets(
        type=secret_type, tag=request.tag, search=request.query or None, limit=request.limit
    )
    return ListResult(tuple(found))
