"""Listing secrets; in a module of its own, because `pond ls` has to be fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import SecretInfo

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class ListRequest(Request["ListResult"]):
    """Which secrets to list: those whose name, tags, scopes or description match the query; None means all."""

    query: str | None = None
    type: str | None = None
    tag: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ListResult:
    """The secrets by name."""

    secrets: tuple[SecretInfo, ...]


def list_secrets(session: Session, request: ListRequest) -> ListResult:
    """List secrets without opening the keychain."""
    secret_type = request.type
    if secret_type is not None:
        from pondpilot_secrets.secret_types import registry

        secret_type = registry.get(secret_type).name
    found = session.manager.list_secrets(
        type=secret_type, tag=request.tag, search=request.query or None, limit=request.limit
    )
    return ListResult(tuple(map(SecretInfo.of, found)))
