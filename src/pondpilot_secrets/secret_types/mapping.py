"""From stored fields to the parameters of CREATE SECRET."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types.base import FieldKind, Parameters
from pondpilot_secrets.secure.json_buffer import read_map

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Field, Fields, ParameterValue, References, SecretType
    from pondpilot_secrets.secure import SecureString


def create_parameters(
    secret_type: SecretType, provider_name: str | None, fields: Fields, references: References
) -> Parameters:
    """Return what CREATE SECRET takes besides TYPE, PROVIDER and SCOPE; use it in a `with`, which wipes what was made.

    Raises `InvalidCredentialsError` for a reference whose secret was not applied, and for stored text that is not of
    its field's kind any more; nothing that was made for it is left then.
    """
    parameters = Parameters()
    try:
        for field in secret_type.provider(provider_name).fields:
            if field.parameter and field.name in fields:
                parameters.values[field.name] = _value(field, fields[field.name], references, parameters)
        if secret_type.parameters is not None:
            secret_type.parameters(parameters, fields, references)
    except BaseException:
        parameters.close()
        raise
    return parameters


def reference_to(field: Field, references: References) -> str:
    """Return the DuckDB name of the secret that a REFERENCE field names; raises when it was not applied before."""
    try:
        return references[field.name]
    except KeyError:
        raise InvalidCredentialsError(
            f"the secret that {field.name} names must be applied first", field=field.name
        ) from None


def _value(field: Field, value: SecureString, references: References, parameters: Parameters) -> ParameterValue:
    """The parameter of a field's own name, of the Python type that DuckDB casts best."""
    if field.kind is FieldKind.REFERENCE:
        return reference_to(field, references)
    if field.kind in (FieldKind.MAP, FieldKind.HEADER_MAP):
        return {name: parameters.own(entry) for name, entry in _entries(field, value).items()}
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
