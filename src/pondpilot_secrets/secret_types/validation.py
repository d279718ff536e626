"""Whether the fields, the name and the scopes of a secret keep the rules, before anything is saved.

Every message names the field and the rule and never holds a value. What DuckDB, libpq, the MySQL client or curl would cut
or alter silently is refused here; all else arrives exactly.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types.base import FieldKind, Problem
from pondpilot_secrets.secret_types.field_kinds import check_kind
from pondpilot_secrets.secret_types.normalisation import RawValue, field_named, normalise
from pondpilot_secrets.secret_types.suggestions import did_you_mean

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import Field, Fields, Provider, SecretType

__all__ = [
    "LONGEST_NAME",
    "RawValue",
    "field_named",
    "normalise",
    "problems",
    "provider_named",
    "validate",
    "validate_name",
]

LONGEST_NAME = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_MAY_BE_EMPTY = (FieldKind.TEXT, FieldKind.PATH)


def validate(secret_type: SecretType, provider: Provider, fields: Fields) -> None:
    """Raise `InvalidCredentialsError` for the first broken rule of the fields, as `normalise` returns them."""
    found = problems(secret_type, provider, fields)
    if found:
        first = found[0]
        raise InvalidCredentialsError(first.message, field=first.field, hint=first.hint)


def problems(secret_type: SecretType, provider: Provider, fields: Fields) -> list[Problem]:
    """Return every broken rule, in the order of the provider's fields; a form shows them all at once.

    Raises `InvalidCredentialsError` for a name that is no field of the provider.
    """
    for name in fields:
        field_named(secret_type, provider, name)
    found = [problem for field in provider.fields if (problem := _field_problem(field, fields)) is not None]
    if found:
        return found
    return [problem for rule in provider.rules if (problem := rule(fields)) is not None]


def _field_problem(field: Field, fields: Fields) -> Problem | None:
    value = fields.get(field.name)
    if value is None:
        if field.required:
            return Problem(field.name, f"{field.name} is missing", f"it is the {field.label}: {field.help}")
        return None
    if not value:
        if field.required:
            return Problem(field.name, f"{field.name} must not be empty", field.help)
        return None if field.kind in _MAY_BE_EMPTY else _empty(field)
    return check_kind(field, value)


def _empty(field: Field) -> Problem:
    return Problem(field.name, f"{field.name} must not be empty", "leave it out to use its default")


def provider_named(secret_type: SecretType, name: str | None) -> Provider:
    """Return the provider of that name, the default one for None.

    Raises `InvalidCredentialsError` when there is none, with the nearest known one.
    """
    wanted = None if name is None else name.strip().lower().replace("-", "_")
    known = [provider.name for provider in secret_type.providers]
    if wanted is not None and wanted not in known:
        raise InvalidCredentialsError(
            f"{secret_type.name} has no provider of that name", field="provider", hint=did_you_mean(wanted, known)
        )
    return secret_type.provider(wanted)


def validate_name(name: str) -> str:
    """Return the name of a secret, or raise `InvalidCredentialsError` when it cannot be one.

    A name has 1 to 200 characters, no control characters and no space at either end, and is valid Unicode.
    """
    problem = None
    if not name:
        problem = "must not be empty"
    elif len(name) > LONGEST_NAME:
        problem = f"must not have more than {LONGEST_NAME} characters"
    elif _CONTROL.search(name):
        problem = "must not hold control characters or line ends"
    elif name != name.strip():
        problem = "must not start or end with a space"
    elif any("\ud800" <= character <= "\udfff" for character in name):
        problem = "must be valid Unicode"
    if problem:
        raise InvalidCredentialsError(f"the name of a secret {problem}", field="name")
    return name
