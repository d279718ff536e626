"""Which values of a secret are protected: those that no error may show, and whose copies in memory are scrubbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.secret_types.base import Fields, Parameters, ParameterValue, Provider

_SHOWABLE_KINDS = (
    FieldKind.BOOLEAN,
    FieldKind.INTEGER,
    FieldKind.PORT,
    FieldKind.CHOICE,
    FieldKind.HOST,
    FieldKind.ENDPOINT,
    FieldKind.URL,
    FieldKind.PROXY,
    FieldKind.PATH,
    FieldKind.PEM_PATH,
    FieldKind.REFERENCE,
)


def protected_values(provider: Provider, fields: Fields, parameters: Parameters | None = None) -> list[SecureString]:
    """Return the values that no error may show: all but numbers, choices, hosts and paths that are not sensitive."""
    showable = {
        field.name
        for field in provider.fields
        if not field.sensitive and (field.shown_in_errors or field.kind in _SHOWABLE_KINDS)
    }
    values = [value for name, value in fields.items() if name not in showable]
    if parameters is not None:
        values += parameters.derived
        values += _secure_parts(value for name, value in parameters.values.items() if name not in showable)
    return [value for value in values if not value.closed]


def sensitive_lengths(provider: Provider, parameters: Parameters) -> tuple[int, ...]:
    """Return how long the sensitive values are that a CREATE SECRET binds, in bytes."""
    showable = {field.name for field in provider.fields if not field.sensitive}
    bound = [*_secure_parts(value for name, value in parameters.values.items() if name not in showable)]
    made = [value for value in parameters.derived if not any(value is other for other in bound)]
    return tuple(len(value) for value in (*bound, *made) if value)


def _secure_parts(values: Iterable[ParameterValue]) -> Iterable[SecureString]:
    for value in values:
        if isinstance(value, SecureString):
            yield value
        elif not isinstance(value, (str, int)):
            yield from (part for part in value.values() if isinstance(part, SecureString))
