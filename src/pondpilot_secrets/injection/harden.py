"""Hardening a DuckDB instance against the ways in which secrets get out: files, unredacted listings, changed settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.injection.create_secret import cursor_of

if TYPE_CHECKING:
    import duckdb

NOWHERE = "/dev/null/pondpilot"
"""A folder that can never be made, on any system."""

_PERSISTENT, _FOLDER = "allow_persistent_secrets", "secret_directory"
_SETTINGS = {
    _PERSISTENT: "false",
    _FOLDER: NOWHERE,
    "allow_unredacted_secrets": "false",
}
_LOCK = {"lock_configuration": "true"}


def hardened_config() -> dict[str, str | bool | int | float | list[str]]:
    """Return the settings for `duckdb.connect(config=…)` that close all of these ways from the start.

    The configuration is not locked yet, so that it can be set up; `harden` does that at the end.
    """
    return dict(_SETTINGS)


def harden(con: duckdb.DuckDBPyConnection, *, lock: bool = True) -> dict[str, str]:
    """Harden an open instance, as far as DuckDB still allows; returns what could not be set, and why.

    Persistent secrets can only be forbidden before the first use of any secret. `lock` forbids any later `SET`, which
    leaves temporary secrets, ATTACH and LOAD as they are.
    Raises `DuckDBIntegrationError` for a connection that is closed.
    """
    refused = {}
    with cursor_of(con) as cursor:
        for name, value in (_SETTINGS | (_LOCK if lock else {})).items():
            if str(_current(cursor, name)).lower() == value:
                continue
            reason = _set(cursor, name, value)
            if reason is not None:
                refused[name] = reason
        if _current(cursor, _PERSISTENT) is False:
            # DuckDB 1.4 ignores a folder among the settings of `connect`; without persistent secrets none is used.
            refused.pop(_FOLDER, None)
    return refused


def _current(cursor: duckdb.DuckDBPyConnection, name: str) -> object:
    row = cursor.execute("SELECT current_setting(?)", [name]).fetchone()
    if row is None:
        raise DuckDBIntegrationError(f"DuckDB does not know its setting {name}")
    return row[0]


def _set(cursor: duckdb.DuckDBPyConnection, name: str, value: str) -> str | None:
    import duckdb

    try:
        cursor.execute(f"SET GLOBAL {name} = '{value}'")
    except duckdb.Error as error:
        return str(error).partition("\n")[0]
    return None
