"""Creating secrets of ours in an instance whose state is known; what the injector decides is done here."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import NameConflictError, PolicyDeniedError, UsageError
from pondpilot_secrets.injection import instance_state, statements
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.duckdb_support import fields_to_create
from pondpilot_secrets.injection.quoting import MARKER_PREFIX, folded, identifier
from pondpilot_secrets.injection.residual_memory import overwrite
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.secret_types.protected_values import protected_values, sensitive_lengths
from pondpilot_secrets.secure.heap_scrubbing import scrub_on_free

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from pondpilot_secrets.injection.instance_state import Entry, Instance, Row
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import Fields, References, SecretType

CANNOT_LIST = "DuckDB could not list its secrets"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A secret that is to be in an instance.

    `replace` allows to replace a temporary secret that is not ours; `leased` says that it shall not stay. `for_attach` says
    that its database is attached next, so that fields which this DuckDB takes there only may be left out.
    """

    secret: SecretCredentials
    secret_type: SecretType
    name: str
    references: References
    replace: bool = False
    leased: bool = False
    for_attach: bool = False


@contextlib.contextmanager
def cursor_of(con: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a cursor of our own; raises `DuckDBIntegrationError` for a connection that is closed."""
    cursor = call_duckdb(con.cursor, (), "the connection to DuckDB cannot be used")
    try:
        yield cursor
    finally:
        cursor.close()


def checked(secret: SecretCredentials, alias: str | None) -> str:
    """Return the name that a secret gets inside DuckDB; raises `InvalidCredentialsError` or `UsageError`."""
    name = secret.metadata.name if alias is None else alias
    identifier(name)
    if folded(name).startswith(MARKER_PREFIX):
        raise UsageError(
            f"names that begin with {MARKER_PREFIX} are our own inside DuckDB", hint="choose another alias"
        )
    return name


def current(con: duckdb.DuckDBPyConnection, name: str, id: str, revision: int) -> Entry | None:  # noqa: A002
    """Return our note of a secret when it is there in this revision with all its fields, without asking DuckDB."""
    instance = instance_state.known(con)
    entry = None if instance is None else instance.entries.get(folded(name))
    if entry is None or entry.partial:
        return None
    return entry if entry.id == id and entry.revision == revision else None


def listed(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """Return the instance's secrets by folded name; raises `DuckDBIntegrationError`."""
    return call_duckdb(lambda: instance_state.rows(cursor), (), CANNOT_LIST)


def enter(con: duckdb.DuckDBPyConnection, cursor: duckdb.DuckDBPyConnection) -> tuple[Instance, dict[str, list[Row]]]:
    """Return the instance and its secrets, with our mark in it."""
    return call_duckdb(lambda: instance_state.enter(con, cursor), (), CANNOT_LIST)


def put(cursor: duckdb.DuckDBPyConnection, instance: Instance, found: dict[str, list[Row]], wanted: Wanted) -> Entry:
    """Create the secret where it is missing or out of date, and note it; the caller holds the instance's lock."""
    about = wanted.secret.metadata
    fields = fields_to_create(wanted.secret, wanted.secret_type, for_attach=wanted.for_attach)
    key = folded(wanted.name)
    rows = found.get(key, [])
    entry = instance.entries.get(key)
    _refuse_conflict(rows, entry, wanted)
    if about.inject_only:
        _refuse_unredacted(cursor, about.name)
    up_to_date = entry is not None and (entry.id, entry.revision) == (about.id, about.revision) and is_ours(rows, entry)
    if entry is None or not up_to_date:
        lengths, shown = _create(cursor, wanted, fields, replace=bool(rows) or entry is not None)
        if entry is None or entry.id != about.id:
            entry = instance_state.Entry(wanted.name, about.id, about.revision, wanted.secret_type.duckdb_type)
            instance.entries[key] = entry
        entry.references = wanted.references
        entry.revision, entry.duckdb_type = about.revision, wanted.secret_type.duckdb_type
        entry.lengths, entry.shown, entry.scope = lengths, shown, _a_scope_of(wanted)
        entry.for_attach, entry.partial = wanted.for_attach, len(fields) < len(wanted.secret.credentials)
    return entry


def _a_scope_of(wanted: Wanted) -> str:
    return next(iter(wanted.secret.metadata.scopes or wanted.secret_type.default_scopes), "")


def retire_if_empty(instance: Instance, cursor: duckdb.DuckDBPyConnection) -> None:
    """Take our mark away when nothing of ours is left; the caller holds the instance's lock."""
    if not instance.entries and not instance.retired:
        call_duckdb(lambda: instance_state.retire(instance, cursor), (), "DuckDB could not drop our mark")


def is_ours(rows: list[Row], entry: Entry) -> bool:
    """Whether the temporary secret of that name is still the one that we noted, as far as can be told."""
    return any(row.storage == instance_state.IN_MEMORY and row.duckdb_type == entry.duckdb_type for row in rows)


def _refuse_conflict(rows: list[Row], entry: Entry | None, wanted: Wanted) -> None:
    """Raise `NameConflictError` for a name that somebody else has."""
    name = wanted.name
    if any(row.persistent or row.storage != instance_state.IN_MEMORY for row in rows):
        raise NameConflictError(
            f"DuckDB holds a persistent secret named {name!r}, and would not know which of the two is meant",
            hint=f"apply it under another name, or DROP PERSISTENT SECRET {identifier(name)} first",
        )
    if rows and not wanted.replace and (entry is None or not is_ours(rows, entry)):
        raise NameConflictError(f"this DuckDB already holds a secret named {name!r} that did not come from the vault")
    if entry is not None and entry.id != wanted.secret.metadata.id and (entry.leases or wanted.leased):
        raise NameConflictError(
            f"another secret of the vault is applied under the name {name!r} now", hint="apply it under another name"
        )


def _refuse_unredacted(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raise `PolicyDeniedError` for an instance that shows secrets to whoever runs SQL there."""
    row = call_duckdb(
        lambda: cursor.execute("SELECT current_setting('allow_unredacted_secrets')").fetchone(), (), CANNOT_LIST
    )
    if row is None or row[0]:
        raise PolicyDeniedError(
            f"{name!r} is inject-only, and this DuckDB shows secrets unredacted",
            hint="open it with allow_unredacted_secrets off, as it is by default",
        )


def _create(
    cursor: duckdb.DuckDBPyConnection, wanted: Wanted, fields: Fields, *, replace: bool
) -> tuple[tuple[int, ...], bool]:
    """Create the secret, and return the lengths of its sensitive values and whether DuckDB shows some of them."""
    secret, secret_type = wanted.secret, wanted.secret_type
    provider = secret_type.provider(secret.metadata.provider)
    with (
        create_parameters(secret_type, provider.name, fields, wanted.references) as parameters,
        scrub_on_free(),
    ):
        lengths = sensitive_lengths(provider, parameters)
        shown = any(isinstance(value, dict) for value in parameters.values.values())
        call_duckdb(
            lambda: statements.create(
                cursor,
                wanted.name,
                (secret_type.duckdb_type, provider.name),
                parameters.values,
                secret.metadata.scopes,
                replace=replace,
            ),
            protected_values(provider, secret.credentials, parameters),
            f"DuckDB refused the secret {wanted.name!r}",
        )
        overwrite(cursor, lengths)
    return lengths, shown
