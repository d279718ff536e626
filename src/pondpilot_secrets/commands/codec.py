"""Requests and results to JSON and back, exactly: `from_json(type(x), to_json(x, access)) == x` for every one of them.

How plain data look in JSON: a moment is ISO 8601 in UTC, a tuple an array, a mapping or a dataclass an object, a `StrEnum`
its value, and a secret value its text. Only an interface that holds `reveal` may encode a secret value; a mask in its place
would not come back as what it was. Decoding follows the annotations of the dataclass. It refuses what they do not say, with
the name of the field in the error and nothing of what was in it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, NoReturn, TypeAlias, TypeVar

from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.errors import InvalidCredentialsError, UsageError
from pondpilot_secrets.secure import SecureString, wipe
from pondpilot_secrets.secure.json_buffer import write_object

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

NO_VALUES = Access("nobody", frozenset())
"""The access for encoding what holds no secret value."""

_Kind = TypeVar("_Kind")

_LONGEST_NAME = 40
_LARGEST_WHOLE_FLOAT = 1 << 53
"""A whole number from here on may not be exact as a floating-point number."""


def to_json(value: object, access: Access = NO_VALUES) -> Json:
    """Return what `json.dumps` takes.

    Raises `PolicyDeniedError` (1011) for a secret value unless the access holds `reveal`, and `TypeError` for what is not
    plain data. A secret value becomes a `str`, which the caller looks after; `to_json_text` makes none.
    """
    if isinstance(value, SecureString):
        access.require(Grant.REVEAL)
        return value.expose()
    if isinstance(value, tuple | list):
        return [to_json(item, access) for item in value]
    if _is_object(value):
        return {name: to_json(item, access) for name, item in _members(value)}
    return _scalar(value)


def to_json_text(value: object, access: Access = NO_VALUES) -> SecureString:
    """Return compact JSON in memory that is wiped, made without an immutable copy of a secret value.

    Raises as `to_json` does. The caller closes it.
    """
    parts: list[SecureString | bytes] = []
    try:
        _write(value, access, parts)
        return SecureString.join(parts)
    finally:
        for part in parts:
            if isinstance(part, SecureString):
                part.close()


def _write(value: object, access: Access, parts: list[SecureString | bytes]) -> None:
    if isinstance(value, SecureString):
        access.require(Grant.REVEAL)
        parts.append(_json_string(value))
    elif isinstance(value, tuple | list):
        parts.append(b"[")
        for number, item in enumerate(value):
            parts.append(b"," if number else b"")
            _write(item, access, parts)
        parts.append(b"]")
    elif _is_object(value):
        parts.append(b"{")
        for number, (name, item) in enumerate(_members(value)):
            parts.append(f"{',' if number else ''}{json.dumps(name)}:".encode())
            _write(item, access, parts)
        parts.append(b"}")
    else:
        parts.append(json.dumps(_scalar(value)).encode())


def _json_string(value: SecureString) -> SecureString:
    document = write_object({"": value})  # {"":"…"}
    try:
        with memoryview(document)[4:-1] as string:
            return SecureString(string)
    finally:
        wipe(document)


def _is_object(value: object) -> bool:
    return isinstance(value, Mapping) or (dataclasses.is_dataclass(value) and not isinstance(value, type))


def _members(value: Any) -> Iterator[tuple[str, object]]:
    """Give the names and values of a mapping or a dataclass."""
    if not isinstance(value, Mapping):
        yield from ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return
    for name, item in value.items():
        if not isinstance(name, str):
            raise TypeError("a mapping's keys are text")
        yield name, item


def _scalar(value: object) -> Json:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    raise TypeError(f"a {type(value).__name__} is not plain data, or is a number or time that JSON cannot hold exactly")


def from_json(kind: type[_Kind], data: object) -> _Kind:
    """Return the dataclass that parsed JSON stands for; its secret values are the caller's to close.

    Raises `UsageError` (1022), naming the field, for a field that is unknown, missing or of another type.
    """
    return _Decoder(wiping=False).decode(kind, data)


def from_json_text(kind: type[_Kind], text: str | bytes | bytearray) -> _Kind:
    """Return the dataclass that a JSON text stands for; what the parser made of its secret values is wiped.

    Raises as `from_json` does, and for a text that is not JSON, holds a name twice, or a number that JSON has not.
    """
    refused = object()
    try:
        data = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        data = refused  # the error holds the text, so it must not travel as a cause
    if data is refused:
        raise UsageError("the text is not JSON", hint="it is one JSON object in UTF-8, each name in it once")
    return _Decoder(wiping=True).decode(kind, data)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name is there twice")
    return members


def _no_constant(_: str) -> NoReturn:
    raise ValueError("JSON has no NaN and no Infinity")


@functools.cache
def fields_of(kind: type) -> Mapping[str, tuple[Any, bool]]:
    """Return the annotation of each field of a dataclass by name, and whether it must be given."""
    hints = typing.get_type_hints(kind, localns=_NAMES)
    required = dataclasses.MISSING
    return {
        field.name: (hints[field.name], field.default is required and field.default_factory is required)
        for field in dataclasses.fields(kind)
    }


_NAMES: dict[str, Any] = {
    "Any": Any,
    "Literal": Literal,
    "Mapping": Mapping,
    "SecureString": SecureString,
    "datetime": datetime,
}
"""What the modules of requests and results import for type checkers only."""


class _Decoder:
    """Decodes one document, and closes the secret values that it made when the rest of it is refused."""

    def __init__(self, *, wiping: bool) -> None:
        self._wiping = wiping
        self._made: list[SecureString] = []

    def decode(self, kind: type[_Kind], data: object) -> _Kind:
        try:
            made: _Kind = self._decode(kind, data, "")
        except BaseException:
            for secret in self._made:
                secret.close()
            if self._wiping:
                _wipe_texts(data)
            raise
        return made

    def _decode(self, kind: Any, data: object, where: str) -> Any:
        origin = typing.get_origin(kind)
        if origin in (typing.Union, types.UnionType):
            return None if data is None else self._decode(_other_than_none(kind), data, where)
        if origin is tuple:
            return self._tuple(typing.get_args(kind), data, where)
        if origin is Mapping:
            return self._mapping(typing.get_args(kind)[1], data, where)
        if origin is Literal:
            return _one_of(typing.get_args(kind), data, where)
        if kind is SecureString:
            return self._secret(data, where)
        if dataclasses.is_dataclass(kind):
            return self._dataclass(kind, data, where)
        return _decode_scalar(kind, data, where)

    def _dataclass(self, kind: Any, data: object, where: str) -> Any:
        if not isinstance(data, dict):
            raise _error(where, "must be an object")
        known = fields_of(kind)
        if not known.keys() >= data.keys():
            raise _error(where, "has a field that is not known", "the fields are: " + (", ".join(known) or "none"))
        for name, (_, required) in known.items():
            if required and name not in data:
                raise _error(_inside(where, name), "is missing")
        return kind(**{name: self._decode(known[name][0], item, _inside(where, name)) for name, item in data.items()})

    def _mapping(self, kind: Any, data: object, where: str) -> Mapping[str, Any]:
        if not isinstance(data, dict):
            raise _error(where, "must be an object")
        if kind is Any:
            return data
        return {name: self._decode(kind, item, _inside(where, name)) for name, item in data.items()}

    def _tuple(self, kinds: tuple[Any, ...], data: object, where: str) -> tuple[Any, ...]:
        if not isinstance(data, list):
            raise _error(where, "must be an array")
        if kinds[-1] is Ellipsis:
            kinds = (kinds[0],) * len(data)
        if len(kinds) != len(data):
            raise _error(where, f"must have {len(kinds)} items")
        return tuple(self._decode(kind, item, where) for kind, item in zip(kinds, data, strict=True))

    def _secret(self, data: object, where: str) -> SecureString:
        if not isinstance(data, str):
            raise _error(where, "must be text")
        secret = _secure(data)
        if self._wiping:
            wipe(data)
        if secret is None:
            raise _error(where, "is not valid Unicode")
        self._made.append(secret)
        return secret


def _wipe_texts(data: object) -> None:
    """Wipe every text of a parsed document that nobody gets: which of them were secret is not known by then."""
    if isinstance(data, str):
        wipe(data)
    elif isinstance(data, dict | list):
        for item in data.values() if isinstance(data, dict) else data:
            _wipe_texts(item)


def _secure(text: str) -> SecureString | None:
    try:
        return SecureString(text)
    except InvalidCredentialsError:
        return None  # the error's frames hold the text, so it must not travel as a cause


def _other_than_none(kind: Any) -> Any:
    (other,) = (each for each in typing.get_args(kind) if each is not types.NoneType)
    return other


def _one_of(choices: tuple[Any, ...], data: object, where: str) -> Any:
    if isinstance(data, str) and data in choices:
        return data
    raise _error(where, "must be one of: " + ", ".join(map(str, choices)))


def _decode_scalar(kind: Any, data: object, where: str) -> Any:
    if kind is datetime:
        return _moment(data, where)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(_one_of(tuple(kind), data, where))
    if kind is float and isinstance(data, int) and not isinstance(data, bool) and abs(data) < _LARGEST_WHOLE_FLOAT:
        data = float(data)
    if type(data) is not kind or (isinstance(data, float) and not math.isfinite(data)):
        words = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}
        raise _error(where, f"must be {words[kind]}")
    return data


def _moment(data: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(data) if isinstance(data, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise _error(where, "must be a time in ISO 8601 with its offset, such as 2026-11-24T18:00:00Z")
    return moment


def _inside(where: str, name: str) -> str:
    """The path of a member. A name that does not look like one is left out: a value may stand in its place."""
    name = name if name.isidentifier() and len(name) <= _LONGEST_NAME else "a member"
    return f"{where}.{name}" if where else name


def _error(where: str, message: str, hint: str | None = None) -> UsageError:
    return UsageError(f"the JSON does not fit: {where or 'it'} {message}", hint=hint)
