"""What a writer leaves that dies in the middle: each of these does the steps of a write up to some point, and no more."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pondpilot_secrets import Draft, SecretMetadata, SecretsManager
from pondpilot_secrets.vault import preparation
from pondpilot_secrets.vault.references import ReferenceResolver
from tests.vault.parts import Parts, parts

FIELDS = {"key_id": "K", "secret": "value"}


def _prepared(
    opened: Parts, drafts: list[Draft], owner: contextlib.ExitStack
) -> list[tuple[SecretMetadata, Mapping[str, Any]]]:
    now, resolver = datetime.now(UTC), ReferenceResolver(opened.metadata, opened.shared.items)
    prepared = [preparation.prepare(draft, now, resolver, owner) for draft in drafts]
    return [(each.metadata, each.fields) for each in prepared]


def half_saved(vault: SecretsManager, names: list[str], written: int) -> None:
    """Save secrets until the writer dies after so many items."""
    opened = parts(vault)
    _ = opened.audit  # opens the store, as every writer does before it begins
    drafts = [Draft("s3", name, FIELDS, scopes=("s3://b/",)) for name in names]
    with contextlib.ExitStack() as owner:
        prepared = _prepared(opened, drafts, owner)
        with opened.lock, opened.shared.items.encoded(prepared) as items:
            opened.metadata.insert_pending([metadata for metadata, _ in prepared])
            opened.keychain.set_many(dict(list(items.items())[:written]))


def half_edited(vault: SecretsManager, name: str, fields: dict[str, str], **changes: Any) -> None:
    """Edit a secret of the type s3 until the writer dies between the item and its row."""
    opened = parts(vault)
    _ = opened.audit
    old = opened.metadata.find(name)
    new = replace(old, revision=old.revision + 1, updated_at=datetime.now(UTC), **changes)
    with contextlib.ExitStack() as owner:
        ((_, values),) = _prepared(opened, [Draft("s3", name, fields, scopes=old.scopes)], owner)
        with opened.lock, opened.shared.items.encoded([(new, values)]) as items:
            opened.metadata.begin_update(new)
            opened.keychain.set_many(items)
