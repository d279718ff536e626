"""The statements of secrets: prepared ones, which take every value apart from their text, and every copy wiped."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.injection.prepared_statement import execute
from pondpilot_secrets.injection.quoting import identifier
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

    from pondpilot_secrets.secret_types.base import ParameterValue

_WORD = re.compile(r"[a-z][a-z0-9_]*")


def create(
    cursor: duckdb.DuckDBPyConnection,
    name: str,
    kind: tuple[str, str],
    parameters: Mapping[str, ParameterValue],
    scopes: Sequence[str],
    *,
    replace: bool,
) -> None:
    """Create a temporary secret of a (type, provider); the copies that this needs are wiped, also when it fails."""
    duckdb_type, provider = map(_word, kind)
    words = [f"TYPE {duckdb_type}", f"PROVIDER {provider}", *(f"{_word(key)} ?" for key in parameters)]
    copies: list[str] = []
    try:
        values: list[Any] = [_plain(value, copies) for value in parameters.values()]
        if scopes:
            words.append("SCOPE ?")
            values.append(list(scopes))
        verb = "CREATE OR REPLACE" if replace else "CREATE"
        execute(cursor, f"{verb} TEMPORARY SECRET {identifier(name)} ({', '.join(words)})", values)
    finally:
        for copy in copies:
            wipe(copy)


def drop(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Drop a temporary secret, if it is there."""
    cursor.execute(f"DROP TEMPORARY SECRET IF EXISTS {identifier(name)}")


def _word(text: str) -> str:
    """Hold what comes from the registry to plain words, since it stands in the statement as it is."""
    if not _WORD.fullmatch(text):
        raise InvalidCredentialsError("a parameter's name holds only letters, digits and `_`")
    return text


def _plain(value: ParameterValue, copies: list[str]) -> str | int | dict[str, list[str]]:
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
