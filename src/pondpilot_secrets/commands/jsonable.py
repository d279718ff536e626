"""From results to JSON: one function for every command and every interface."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.secure import MASK, SecureString

if TYPE_CHECKING:
    from pondpilot_secrets.errors import SecretError

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


def to_json(value: object, *, exposing: bool = False) -> Json:
    """Return what `json.dumps` takes.

    Times become ISO 8601 in UTC, enumerations their values, paths text. A secret value becomes `••••••`, unless
    `exposing` says that this result is meant to show it.
    """
    if isinstance(value, SecureString):
        return value.expose() if exposing else MASK
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value):
        names = (field.name for field in dataclasses.fields(value))
        return {name: to_json(getattr(value, name), exposing=exposing) for name in names}
    if isinstance(value, Mapping):
        return {str(key): to_json(item, exposing=exposing) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [to_json(item, exposing=exposing) for item in value]
    return str(value)


def error_to_json(error: SecretError) -> dict[str, Json]:
    """Return an error as every interface shows it: `{"error": {"code", "name", "message", "hint"}}`."""
    name = type(error).__name__.removesuffix("Error")
    return {"error": {"code": error.code, "name": name, "message": error.message, "hint": error.hint}}
