"""Opening one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class RevealRequest:
    """One field of one secret."""

    name: str
    field: str


@dataclass(frozen=True, slots=True)
class RevealResult:
    """A value, which whoever asked for it closes."""

    name: str
    field: str
    value: SecureString


def reveal(session: Session, request: RevealRequest) -> RevealResult:
    """Open one value; raises `InvalidCredentialsError` (1003) for a field that is not set."""
    with session.manager.get_secret(request.name) as secret:
        about = secret.metadata
        wanted = request.field if request.field in secret.credentials else _field_called(about, request.field)
        return RevealResult(about.name, wanted, secret.credentials[wanted].copy())


def _field_called(about: SecretMetadata, given: str) -> str:
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.validation import field_named, provider_named

    secret_type = registry.get(about.type)
    name = field_named(secret_type, provider_named(secret_type, about.provider), given).name
    if name not in about.field_names:
        raise InvalidCredentialsError(
            f"{name} is not set in {about.name!r}", field=name, hint="set are: " + ", ".join(about.field_names)
        )
    return name
