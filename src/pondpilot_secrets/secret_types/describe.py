"""A secret type as plain data, for `--json`, forms, the HTTP schema and the docs: everything in it is public."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pondpilot_secrets.secret_types.base import FieldKind

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Field, Provider, SecretType

_JSON_TYPES = {
    FieldKind.BOOLEAN: "boolean",
    FieldKind.INTEGER: "integer",
    FieldKind.PORT: "integer",
    FieldKind.MAP: "object",
    FieldKind.HEADER_MAP: "object",
}


def describe_type(secret_type: SecretType) -> dict[str, Any]:
    """Return what a form needs to know of a type."""
    return {
        "name": secret_type.name,
        "label": secret_type.label,
        "help": secret_type.help,
        "category": secret_type.category.value,
        "aliases": list(secret_type.aliases),
        "duckdb_type": secret_type.duckdb_type,
        "extensions": list(secret_type.extensions),
        "attachable": secret_type.attach is not None,
        "scope": {
            "required": secret_type.scope_required,
            "schemes": list(secret_type.scope_schemes),
            "defaults": list(secret_type.default_scopes),
        },
        "test": {"kind": secret_type.probe.kind.value, "target": secret_type.probe.target_help},
        "example": secret_type.example,
        "providers": [describe_provider(provider) for provider in secret_type.providers],
    }


def describe_provider(provider: Provider) -> dict[str, Any]:
    """Return what a form needs to know of a provider."""
    return {
        "name": provider.name,
        "label": provider.label,
        "help": provider.help,
        "extensions": list(provider.extensions),
        "fields": [describe_field(field) for field in provider.fields],
    }


def describe_field(field: Field) -> dict[str, Any]:
    """Return what a form needs to know of a field; keys that say nothing are left out."""
    facts: dict[str, Any] = {
        "name": field.name,
        "label": field.label,
        "help": field.help,
        "kind": field.kind.value,
        "type": _JSON_TYPES.get(field.kind, "string"),
        "sensitive": field.sensitive,
        "required": field.required,
    }
    further = {
        "default": field.default,
        "choices": list(field.choices),
        "aliases": list(field.aliases),
        "minimum": field.minimum,
        "maximum": field.maximum,
        "environment": list(field.environment),
        "example": field.example,
    }
    return facts | {key: value for key, value in further.items() if value not in (None, [])}
