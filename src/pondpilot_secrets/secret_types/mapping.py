"""From stored fields to the parameters of CREATE SECRET, ready to be bound."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types.base import FieldKind, Parameters
from pondpilot_secrets.secure.json_buffer import read_map

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Bound, Field, Fields, Provider, References, SecretType
    from pondpilot_secrets.secure import SecureString


def create_parameters(
    secret_type: SecretType, provider_name: str | None, fields: Fields, references: References
) -> Parameters:
    """Return what CREATE SECRET binds besides TYPE, PROVIDER and SCOPE; use it in a `with`, which wipes what was made.

    Raises `InvalidCredentialsError` for a reference whose secret was not applied, and for stored text that is not of
    its field's kind any more.
    """
    provider = secret_type.provider(provider_name)
    make = secret_type.parameters or field_parameters
    return make(provider, fields, references)


def field_parameters(provider: Provider, fields: Fields, references: References) -> Parameters:
    """Make each field that is a parameter the parameter of its own name, with the Python type that DuckDB casts best."""
    made = Parameters()
    try:
        for field in provider.fields:
            if field.parameter and field.name in fields:
                made.values[field.name] = _bound(field, fields[field.name], references, made)
    except BaseException:
        made.__exit__(None, None, None)
        raise
    return made


def add_map(made: Parameters, name: str, entries: dict[str, SecureString]) -> None:
    """Bind a MAP whose values were made for this call."""
    made.values[name] = entries
    made.derived.extend(entries.values())


def reference_to(field: Field, references: References) -> str:
    """Return the DuckDB name of the secret that a REFERENCE field names; raises when it was not applied before."""
    try:
        return references[field.name]
    except KeyError:
        raise InvalidCredentialsError(
            f"the secret that {field.name} names must be applied first", field=field.name
        ) from None


def _bound(field: Field, value: SecureString, references: References, made: Parameters) -> Bound:
    if field.kind is FieldKind.REFERENCE:
        return reference_to(field, references)
    if field.kind in (FieldKind.MAP, FieldKind.HEADER_MAP):
        entries = _entries(field, value)
        made.derived.extend(entries.values())
        return entries
    if field.kind in (FieldKind.BOOLEAN, FieldKind.INTEGER, FieldKind.PORT):
        return _number_or_truth(field, value)
    return value


def _entries(field: Field, value: SecureString) -> dict[str, SecureString]:
    try:
        return read_map(value)
    except ValueError as error:
        raise InvalidCredentialsError(f"{field.name}: {error}", field=field.name) from None


def _number_or_truth(field: Field, value: SecureString) -> int | bool:
    with value.exposed_text() as text:
        if field.kind is FieldKind.BOOLEAN and text in ("true", "false"):
            return text == "true"
        if field.kind is not FieldKind.BOOLEAN and text.removeprefix("-").isdecimal():
            return int(text)
    del text  # a report that prints variables must not show what was put into the wrong field
    raise InvalidCredentialsError(f"{field.name} is not what its kind says: {field.kind}", field=field.name)
