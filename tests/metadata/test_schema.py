"""The tables as they stand: what has a column, and what has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.metadata import schema

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore


def columns(store: MetadataStore, table: str) -> set[str]:
    return {row[1] for row in store.database.rows(f"PRAGMA table_info({table})")}


def test_no_credential_and_no_user_name_has_a_column(store: MetadataStore) -> None:
    assert columns(store, "secrets") == {
        "key", "id", "name", "name_key", "type", "provider", "scopes", "tags", "description", "field_names", "created_at",
        "updated_at", "last_used_at", "use_count", "expires_at", "revision", "state", "proposal", "proposed_key", "haystack",
        "inject_only", "checksum",
    }  # fmt: skip


def test_every_table_that_the_schema_names_is_there_and_no_other(store: MetadataStore) -> None:
    found = {row[0] for row in store.database.rows("SELECT name FROM sqlite_master WHERE type = 'table'")}
    made = {text.split()[2] for text in schema.VERSION_1 if text.startswith("CREATE TABLE")}
    assert found == made == {"secrets", "secret_tags", "settings", "audit", "audit_anchor", "rate_limits"}
