"""The rows that the results of several commands share: what is known of a secret, and what a test of one said."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.models import SecretMetadata

if TYPE_CHECKING:
    from datetime import datetime

    from pondpilot_secrets.models import TestResult


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """What is known of a secret without its values; the fields are those of `SecretMetadata` but for its state."""

    id: str
    name: str
    type: str
    provider: str
    scopes: tuple[str, ...]
    tags: tuple[str, ...]
    description: str | None
    field_names: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    last_used_at: datetime | None
    use_count: int
    expires_at: datetime | None
    revision: int
    inject_only: bool

    @classmethod
    def of(cls, secret: SecretMetadata) -> SecretInfo:
        """Return what the metadata of a secret say."""
        return cls(
            secret.id,
            secret.name,
            secret.type,
            secret.provider,
            secret.scopes,
            secret.tags,
            secret.description,
            secret.field_names,
            secret.created_at,
            secret.updated_at,
            secret.last_used_at,
            secret.use_count,
            secret.expires_at,
            secret.revision,
            secret.inject_only,
        )

    def metadata(self) -> SecretMetadata:
        """Return it as the vault knows it."""
        return SecretMetadata(**{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})


@dataclass(frozen=True, slots=True)
class ProbeOutcome:
    """What a test of a secret said: `reason` is a value of `TestReason`, `elapsed` is in seconds."""

    ok: bool
    reason: str
    message: str
    elapsed: float
    target: str | None
    hint: str | None

    @classmethod
    def of(cls, result: TestResult) -> ProbeOutcome:
        """Return what the result of a test says."""
        return cls(result.ok, str(result.reason), result.message, result.elapsed, result.target, result.hint)
