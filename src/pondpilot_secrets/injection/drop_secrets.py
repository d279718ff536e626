"""Dropping our secrets from an instance, and nobody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.injection import instance_state, statements
from pondpilot_secrets.injection.create_secret import (
    CANNOT_LIST,
    cursor_of,
    detach_state_if_empty,
    is_ours,
    list_secrets,
)
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.prepared_statement import execute
from pondpilot_secrets.injection.quoting import folded
from pondpilot_secrets.injection.residual_memory import overwrite
from pondpilot_secrets.secure.heap_scrubbing import scrub_on_free

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from pondpilot_secrets.injection.instance_state import AppliedSecret, InstanceState, SecretRows


def drop(
    con: duckdb.DuckDBPyConnection, chosen: Callable[[AppliedSecret], bool], *, closed_is_fine: bool = False
) -> list[str]:
    """Drop those of our secrets that are chosen, by whatever handle of the instance still answers; returns their names.

    A secret that somebody else put in its place stays. With `closed_is_fine` an instance that nobody can reach
    any more is no error.
    """
    instance = instance_state.state_of(con)
    usable = instance_state.open_connection([con, *(() if instance is None else instance.handles)])
    if usable is None and closed_is_fine:
        return []
    with cursor_of(usable or con) as cursor:
        instance = instance_state.state_of(con) or instance_state.find_state(con, list_secrets(cursor))
        if instance is None:
            return []
        with instance.lock:
            try:
                return _drop_chosen(cursor, instance, chosen)
            finally:
                detach_state_if_empty(instance, cursor)


def _drop_chosen(
    cursor: duckdb.DuckDBPyConnection, instance: InstanceState, chosen: Callable[[AppliedSecret], bool]
) -> list[str]:
    # Those first whose values a listing would show.
    doomed = sorted(filter(chosen, instance.entries.values()), key=lambda entry: not entry.shown)
    found: SecretRows | None = None
    dropped: list[AppliedSecret] = []
    with scrub_on_free():
        for entry in doomed:
            there = entry.shown and _found_by_scope(cursor, entry)
            if not there:
                found = list_secrets(cursor) if found is None else found
                there = is_ours(found.get(folded(entry.name), []), entry)
            if there:
                _drop_one(cursor, entry.name)
                dropped.append(entry)
            del instance.entries[folded(entry.name)]
        overwrite(cursor, [length for entry in dropped for length in entry.lengths])
    return [entry.name for entry in dropped]


def _found_by_scope(cursor: duckdb.DuckDBPyConnection, entry: AppliedSecret) -> bool:
    """Whether DuckDB finds our secret by its scope, which says without a listing that it is still there."""
    asking = "SELECT name, storage FROM which_secret(?, ?)"
    row = call_duckdb(lambda: execute(cursor, asking, [entry.scope, entry.duckdb_type]).fetchone(), (), CANNOT_LIST)
    return row is not None and folded(row[0]) == folded(entry.name) and row[1] == instance_state.IN_MEMORY


def _drop_one(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    call_duckdb(lambda: statements.drop(cursor, name), (), f"DuckDB could not drop the secret {name!r}")
