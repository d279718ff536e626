"""The fields of a secret that name another one of the vault; a saved secret holds the other's id there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.base import FieldKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from pondpilot_secrets.secret_types.base import Fields, Provider


def references_of(provider: Provider, fields: Fields) -> dict[str, str]:
    """Return what the REFERENCE fields that are set name, by field: an id, or a name where a person has just given it."""
    return {
        field.name: fields[field.name].expose()
        for field in provider.fields
        if field.kind is FieldKind.REFERENCE and field.name in fields and fields[field.name]
    }


def has_references(provider: Provider, field_names: Collection[str]) -> bool:
    """Whether a secret with these fields names another one; no value is needed for that."""
    return any(field.kind is FieldKind.REFERENCE and field.name in field_names for field in provider.fields)
