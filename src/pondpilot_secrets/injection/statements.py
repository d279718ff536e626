"""The statements of secrets, with every value bound and every copy wiped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.injection.prepared_statement import execute
from pondpilot_secrets.injection.quoting import identifier
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import duckdb

    from pondpilot_secrets.secret_types.base import Bound, Fields, Parameters, Provider

_WORD = re.compile(r"[a-z][a-z0-9_]*")
_TELLS_NOTHING = (
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


def create(
    cursor: duckdb.DuckDBPyConnection,
    name: str,
    kind: tuple[str, str],
    parameters: Mapping[str, Bound],
    scopes: Sequence[str],
    *,
    replace: bool,
) -> None:
    """Create a temporary secret of a (type, provider); the copies that the binding needs are wiped, also when it fails."""
    duckdb_type, provider = map(_word, kind)
    words = [f"TYPE {duckdb_type}", f"PROVIDER {provider}", *(f"{_word(key)} ?" for key in parameters)]
    copies: list[str] = []
    try:
        bound: list[Any] = [_plain(value, copies) for value in parameters.values()]
        if scopes:
            words.append("SCOPE ?")
            bound.append(list(scopes))
        verb = "CREATE OR REPLACE" if replace else "CREATE"
        execute(cursor, f"{verb} TEMPORARY SECRET {identifier(name)} ({', '.join(words)})", bound)
    finally:
        for copy in copies:
            wipe(copy)


def drop(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop a temporary secret, if it is there."""
    cursor.execute(f"DROP TEMPORARY SECRET IF EXISTS {identifier(name)}")


def told_by(provider: Provider, fields: Fields, parameters: Parameters | None = None) -> list[SecureString]:
    """Return the values that no error may show: all but numbers, choices, hosts and paths that are not sensitive."""
    harmless = {
        field.name
        for field in provider.fields
        if not field.sensitive and (field.harmless or field.kind in _TELLS_NOTHING)
    }
    values = [value for name, value in fields.items() if name not in harmless]
    if parameters is not None:
        values += parameters.derived
        values += _secure_parts(value for name, value in parameters.values.items() if name not in harmless)
    return [value for value in values if not value.closed]


def sensitive_lengths(provider: Provider, parameters: Parameters) -> tuple[int, ...]:
    """Return how long the sensitive values are that a CREATE SECRET binds, in bytes."""
    harmless = {field.name for field in provider.fields if not field.sensitive}
    bound = [*_secure_parts(value for name, value in parameters.values.items() if name not in harmless)]
    made = [value for value in parameters.derived if not any(value is other for other in bound)]
    return tuple(len(value) for value in (*bound, *made) if value)


def _secure_parts(values: Iterable[Bound]) -> Iterable[SecureString]:
    for value in values:
        if isinstance(value, SecureString):
            yield value
        elif not isinstance(value, (str, int)):
            yield from (part for part in value.values() if isinstance(part, SecureString))


def _word(text: str) -> str:
    """Hold what comes from the registry to plain words, since it stands in the statement as it is."""
    if not _WORD.fullmatch(text):
        raise InvalidCredentialsError("a parameter's name holds only letters, digits and `_`")
    return text


def _plain(value: Bound, copies: list[str]) -> str | int | dict[str, list[str]]:
    if isinstance(value, SecureString):
        copies.append(value.expose())
        return copies[-1]
    if isinstance(value, (str, int)):
        return value
    # The form that DuckDB itself reads as a MAP: as a plain dict it would become a STRUCT first, which cannot have an empty
    # name or two that differ by case, whose names `key` and `value` break DuckDB, and whose cast leaves a copy in another
    # thread's memory.
    plain: dict[str, list[str]] = {"key": [], "value": []}
    for key, part in value.items():
        made = part if isinstance(part, str) else part.expose()
        if made is not part:
            copies.append(made)
        plain["key"].append(key)
        plain["value"].append(made)
    return plain
