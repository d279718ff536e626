"""What secret types there are, as plain data for forms, tools and `pond add --fields`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secret_types.base import Field, Provider, SecretType


@dataclass(frozen=True, slots=True)
class TypesRequest(Request["TypesResult"]):
    """The type to describe, by name or alias; None means all of them."""

    type: str | None = None


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field of a secret; `secret_types.base.Field` says what each attribute means."""

    name: str
    label: str
    help: str
    kind: str
    sensitive: bool
    required: bool
    default: str | None
    choices: tuple[str, ...]
    aliases: tuple[str, ...]
    minimum: int | None
    maximum: int | None
    environment: tuple[str, ...]
    example: str | None
    since: str | None


@dataclass(frozen=True, slots=True)
class ProviderInfo:
    """A DuckDB provider of a type, and the fields that a secret of it has."""

    name: str
    label: str
    help: str
    extensions: tuple[str, ...]
    fields: tuple[FieldInfo, ...]
    since: str | None


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A secret type, its default provider first; see `secret_types.base.SecretType`."""

    name: str
    label: str
    help: str
    category: str
    aliases: tuple[str, ...]
    duckdb_type: str
    extensions: tuple[str, ...]
    attachable: bool
    scope_required: bool
    scope_schemes: tuple[str, ...]
    default_scopes: tuple[str, ...]
    probe_kind: str
    probe_target: str | None
    example: str
    providers: tuple[ProviderInfo, ...]
    since: str | None


@dataclass(frozen=True, slots=True)
class TypesResult:
    """The types, in the order of a form."""

    types: tuple[TypeInfo, ...]


def types(session: Session, request: TypesRequest) -> TypesResult:
    """Describe types; no vault is opened. Raises `InvalidCredentialsError` (1003) for an unknown one."""
    from pondpilot_secrets.secret_types import registry

    del session
    found = registry.all_types() if request.type is None else (registry.get(request.type),)
    return TypesResult(tuple(map(_type_info, found)))


def _type_info(secret_type: SecretType) -> TypeInfo:
    return TypeInfo(
        name=secret_type.name,
        label=secret_type.label,
        help=secret_type.help,
        category=str(secret_type.category),
        aliases=secret_type.aliases,
        duckdb_type=secret_type.duckdb_type,
        extensions=secret_type.extensions,
        attachable=secret_type.attach is not None,
        scope_required=secret_type.scope_required,
        scope_schemes=secret_type.scope_schemes,
        default_scopes=secret_type.default_scopes,
        probe_kind=str(secret_type.probe.kind),
        probe_target=secret_type.probe.target_help,
        example=secret_type.example,
        providers=tuple(map(_provider_info, secret_type.providers)),
        since=secret_type.since,
    )


def _provider_info(provider: Provider) -> ProviderInfo:
    fields = tuple(map(_field_info, provider.fields))
    return ProviderInfo(provider.name, provider.label, provider.help, provider.extensions, fields, provider.since)


def _field_info(field: Field) -> FieldInfo:
    return FieldInfo(
        name=field.name,
        label=field.label,
        help=field.help,
        kind=str(field.kind),
        sensitive=field.sensitive,
        required=field.required,
        default=field.default,
        choices=field.choices,
        aliases=field.aliases,
        minimum=field.minimum,
        maximum=field.maximum,
        environment=field.environment,
        example=field.example,
        since=field.since,
    )
