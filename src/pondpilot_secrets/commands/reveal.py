"""Revealing one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class RevealRequest(Request["RevealResult"]):
    """One field of one secret; the field by its name or alias."""

    name: str
    field: str


@dataclass(frozen=True, slots=True)
class RevealResult:
    """A value, which the caller closes."""

    name: str
    field: str
    value: SecureString


def reveal(session: Session, request: RevealRequest) -> RevealResult:
    """Open one value; raises `InvalidCredentialsError` (1003) for a field that is not set."""
    with session.manager.get_secret(request.name) as secret:
        metadata = secret.metadata
        name = request.field if request.field in secret.credentials else _field_name(metadata, request.field)
        return RevealResult(metadata.name, name, secret.credentials[name].copy())


def _field_name(metadata: SecretMetadata, given: str) -> str:
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.validation import field_named, provider_named

    secret_type = registry.get(metadata.type)
    name = field_named(secret_type, provider_named(secret_type, metadata.provider), given).name
    if name not in metadata.field_names:
        raise InvalidCredentialsError(
            f"{name} is not set in {metadata.name!r}",
            field=name,
            hint="these are set: " + ", ".join(metadata.field_names),
        )
    return name
