"""Metadata to put into stores."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.models import SecretMetadata

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore

NOW = datetime(2026, 3, 4, 5, 6, 7, 89, tzinfo=UTC)


def sample(name: str = "prod_s3", **changes: Any) -> SecretMetadata:
    values: dict[str, Any] = {
        "id": str(uuid.uuid4()),
        "type": "s3",
        "provider": "config",
        "scopes": ("s3://bucket/",),
        "tags": (),
        "description": None,
        "field_names": ("key_id", "secret"),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return SecretMetadata(name=name, **{**values, **changes})


def saved(store: MetadataStore, *names: str, **changes: Any) -> list[SecretMetadata]:
    """Put secrets into the store as a whole save would, and return what was put."""
    secrets = [sample(name, **changes) for name in names]
    store.insert_pending(secrets)
    store.mark_ready([secret.id for secret in secrets])
    return secrets
