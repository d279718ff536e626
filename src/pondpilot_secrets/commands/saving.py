"""Saving, changing and removing secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.commands.showing import SecretResult

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString

FieldValue: TypeAlias = "SecureString | str | int | bool | Mapping[str, SecureString | str]"


@dataclass(frozen=True, slots=True)
class AddRequest:
    """A secret to keep; fields under DuckDB's names or their aliases."""

    type: str
    name: str
    fields: Mapping[str, FieldValue] = field(repr=False)
    provider: str | None = None
    scopes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str | None = None
    expires: str | None = None
    inject_only: bool = False


def add(session: Session, request: AddRequest) -> SecretResult:
    """Keep a new secret; raises as `SecretsManager.save_secret` does."""
    return SecretResult(
        session.manager.save_secret(
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
    )


@dataclass(frozen=True, slots=True)
class EditRequest:
    """What to change of a secret; None leaves a thing as it is, an empty one removes it.

    `fields` merge into those there are; a field that is None is removed.
    """

    name: str
    new_name: str | None = None
    fields: Mapping[str, FieldValue | None] = field(default_factory=dict, repr=False)
    scopes: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    description: str | None = None
    expires: str | None = None
    inject_only: bool | None = None


def edit(session: Session, request: EditRequest) -> SecretResult:
    """Change a secret; raises as `SecretsManager.update_secret` does."""
    from pondpilot_secrets import UNCHANGED

    return SecretResult(
        session.manager.update_secret(
            request.name,
            name=UNCHANGED if request.new_name is None else request.new_name,
            fields=request.fields or UNCHANGED,
            scope=UNCHANGED if request.scopes is None else request.scopes,
            tags=UNCHANGED if request.tags is None else request.tags,
            description=UNCHANGED if request.description is None else request.description,
            expires=UNCHANGED if request.expires is None else request.expires,
            inject_only=UNCHANGED if request.inject_only is None else request.inject_only,
        )
    )


@dataclass(frozen=True, slots=True)
class RemoveRequest:
    """Secrets to remove, by name or id."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveResult:
    """What was known of the secrets that are gone now."""

    removed: tuple[SecretMetadata, ...]


def remove(session: Session, request: RemoveRequest) -> RemoveResult:
    """Remove secrets from both stores; raises `SecretNotFoundError` (1002) before anything is removed."""
    return RemoveResult(tuple(session.manager.delete_secrets(request.names)))
