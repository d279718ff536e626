"""From what a person, a form or a program gives to the fields that are stored: own names, canonical texts."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.suggestions import did_you_mean
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.secure.json_buffer import write_map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.secret_types.base import Field, Provider, SecretType

RawValue: TypeAlias = (
    "str | int | bool | Mapping[str, SecureString | str] | SecureString | InvalidCredentialsError | None"
)
"""What a field may be given as; None means that it is not set."""

ProtectedValue: TypeAlias = SecureString | InvalidCredentialsError | None
"""A field's value as it travels on: in secret memory, or why it cannot be a value."""

_FIELD_NAME = re.compile(r"[a-z][a-z_]{0,40}[a-z0-9]?")
_TRUE = (b"true", b"yes", b"on", b"1")
_FALSE = (b"false", b"no", b"off", b"0")


def normalise(secret_type: SecretType, provider: Provider, raw: Mapping[str, RawValue]) -> dict[str, SecureString]:
    """Return the fields under their own names, with booleans, numbers, choices and maps as canonical text.

    A `SecureString` is taken as it is, not copied; values that were made here are the caller's to close, and closed here
    where this fails. Raises `InvalidCredentialsError` for an unknown field, for a field of another provider, for one given
    twice through aliases, and for text that is not Unicode. Values are not judged here: `validate` does that.
    """
    callers = {id(value) for value in raw.values()}
    raw = protect(raw)
    made = [value for value in raw.values() if isinstance(value, SecureString) and id(value) not in callers]
    fields: dict[str, SecureString] = {}
    try:
        for field, value in _named(secret_type, provider, raw):
            fields[field.name] = _canonical(field, value)
            if fields[field.name] is not value:
                made.append(fields[field.name])
    except BaseException:
        fields.clear()
        raise
    finally:
        kept = {id(value) for value in fields.values()}
        for value in made:
            if id(value) not in kept:
                value.close()
    return fields


def _named(
    secret_type: SecretType, provider: Provider, raw: Mapping[str, ProtectedValue]
) -> Iterator[tuple[Field, SecureString | InvalidCredentialsError]]:
    """Give what is set, each value with its field."""
    given_as: dict[str, str] = {}
    for given, value in raw.items():
        if value is None:
            continue
        field = field_named(secret_type, provider, given)
        if field.name in given_as:
            raise InvalidCredentialsError(
                f"{field.name} is given twice, as {given_as[field.name]} and as {given}",
                field=field.name,
                hint="they are names of one field: give one of them",
            )
        given_as[field.name] = given
        yield field, value


def field_named(secret_type: SecretType, provider: Provider, given: str) -> Field:
    """Return the provider's field of that name or alias, in any case and with `-` for `_`.

    Raises `InvalidCredentialsError` when there is none, naming the provider that has it or the nearest known field.
    """
    wanted = given.strip().lower().replace("-", "_")
    field = _find(provider, wanted)
    if field is not None:
        return field
    for other in secret_type.providers:
        if _find(other, wanted) is not None:
            raise InvalidCredentialsError(
                f"{wanted} belongs to the provider {other.name} of {secret_type.name}, not to {provider.name}",
                field=wanted,
                hint=f"choose the provider {other.name}, or leave {wanted} out",
            )
    names = [field.name for field in provider.fields]
    aliases = [alias for field in provider.fields for alias in field.aliases]
    raise InvalidCredentialsError(
        f"{secret_type.name} with the provider {provider.name} has no field {_shown(wanted)}",
        field=wanted if _FIELD_NAME.fullmatch(wanted) else None,
        hint=did_you_mean(wanted, names + aliases, shown=names),
    )


def _shown(name: str) -> str:
    """Only what looks like a field's name is repeated: a value may have been given in its place."""
    return f"`{name}`" if _FIELD_NAME.fullmatch(name) else "of that name"


def _find(provider: Provider, name: str) -> Field | None:
    for field in provider.fields:
        if name == field.name:
            return field
    for field in provider.fields:
        if name in field.aliases:
            return field
    return None


def protect(raw: Mapping[str, RawValue]) -> dict[str, ProtectedValue]:
    """Return what was given in secret memory, so that no frame of a traceback shows it; what is no text as its error."""
    return {name: _protect_value(value) for name, value in raw.items()}


def _protect_value(value: RawValue) -> ProtectedValue:
    if value is None or isinstance(value, InvalidCredentialsError):
        return value
    try:
        return _secure(value)
    except InvalidCredentialsError as error:
        failure = error
    # A new one, because the frames that the other remembers hold the value.
    return InvalidCredentialsError(failure.message, hint=failure.hint)


def _secure(value: object) -> SecureString:
    if isinstance(value, bool):
        return SecureString("true" if value else "false")
    if isinstance(value, (str, int, float, os.PathLike)):
        return SecureString(str(value))
    if isinstance(value, Mapping) and all(isinstance(part, (str, SecureString)) for part in (*value, *value.values())):
        value = write_map(value)
    if not isinstance(value, SecureString):
        raise InvalidCredentialsError("the value must be text, a number, true or false, or a mapping of texts")
    if not value.is_text():
        raise InvalidCredentialsError("the value is not valid UTF-8 text", hint="was it read from a binary file?")
    return value


def _canonical(field: Field, value: SecureString | InvalidCredentialsError) -> SecureString:
    if isinstance(value, InvalidCredentialsError):
        raise InvalidCredentialsError(f"{field.name}: {value.message}", field=field.name, hint=value.hint)
    if field.kind in (FieldKind.BOOLEAN, FieldKind.CHOICE):
        return _canonical_word(field, value)
    return value


def _canonical_word(field: Field, secure: SecureString) -> SecureString:
    with secure.exposed() as view:
        if len(view) > 100:
            return secure
        word = bytes(view)
    lowered = word.lower()
    wanted = word
    if field.kind is FieldKind.BOOLEAN:
        wanted = b"true" if lowered in _TRUE else b"false" if lowered in _FALSE else word
    else:
        folded = {choice.lower().encode(): choice.encode() for choice in field.choices}
        wanted = folded.get(lowered, word)
    return secure if wanted == word else SecureString(wanted)
