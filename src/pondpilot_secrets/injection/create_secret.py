"""Creating our secrets in an instance whose state is known; what the injector decides is done here."""

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

    from pondpilot_secrets.injection.instance_state import AppliedSecret, InstanceState, SecretRow, SecretRows
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import Fields, References, SecretType

CANNOT_LIST = "DuckDB could not list its secrets"


@dataclass(frozen=True, slots=True)
class SecretSpec:
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


def check_duckdb_name(secret: SecretCredentials, alias: str | None) -> str:
    """Return the name that a secret gets inside DuckDB; raises `InvalidCredentialsError` or `UsageError`."""
    name = secret.metadata.name if alias is None else alias
    identifier(name)
    if folded(name).startswith(MARKER_PREFIX):
        raise UsageError(
            f"names that begin with {MARKER_PREFIX} are our own inside DuckDB", hint="choose another alias"
        )
    return name


def find_applied(con: duckdb.DuckDBPyConnection, name: str, id: str, revision: int) -> AppliedSecret | None:  # noqa: A002
    """Return our note of a secret when it is there in this revision with all its fields, without asking DuckDB."""
    instance = instance_state.state_of(con)
    entry = None if instance is None else instance.entries.get(folded(name))
    if entry is None or entry.partial:
        return None
    return entry if entry.id == id and entry.revision == revision else None


def list_secrets(cursor: duckdb.DuckDBPyConnection) -> SecretRows:
    """Return the instance's secrets by folded name; raises `DuckDBIntegrationError`."""
    return call_duckdb(lambda: instance_state.list_secrets(cursor), (), CANNOT_LIST)


def attach_state(con: duckdb.DuckDBPyConnection, cursor: duckdb.DuckDBPyConnection) -> tuple[InstanceState, SecretRows]:
    """Return the instance and its secrets, with our marker in it."""
    return call_duckdb(lambda: instance_state.attach_state(con, cursor), (), CANNOT_LIST)


def ensure_secret(
    cursor: duckdb.DuckDBPyConnection, instance: InstanceState, found: SecretRows, spec: SecretSpec
) -> AppliedSecret:
    """Create the secret where it is missing or out of date, and note it; the caller holds the instance's lock."""
    about = spec.secret.metadata
    fields = fields_to_create(spec.secret, spec.secret_type, for_attach=spec.for_attach)
    key = folded(spec.name)
    rows = found.get(key, [])
    entry = instance.entries.get(key)
    _refuse_conflict(rows, entry, spec)
    if about.inject_only:
        _refuse_unredacted(cursor, about.name)
    up_to_date = entry is not None and (entry.id, entry.revision) == (about.id, about.revision) and is_ours(rows, entry)
    if entry is None or not up_to_date:
        lengths, shown = _create(cursor, spec, fields, replace=bool(rows) or entry is not None)
        if entry is None or entry.id != about.id:
            entry = instance_state.AppliedSecret(spec.name, about.id, about.revision, spec.secret_type.duckdb_type)
            instance.entries[key] = entry
        entry.references = spec.references
        entry.revision, entry.duckdb_type = about.revision, spec.secret_type.duckdb_type
        entry.lengths, entry.shown, entry.scope = lengths, shown, _scope_of(spec)
        entry.for_attach, entry.partial = spec.for_attach, len(fields) < len(spec.secret.credentials)
    return entry


def _scope_of(spec: SecretSpec) -> str:
    return next(iter(spec.secret.metadata.scopes or spec.secret_type.default_scopes), "")


def detach_state_if_empty(instance: InstanceState, cursor: duckdb.DuckDBPyConnection) -> None:
    """Drop our marker when none of our secrets is left; the caller holds the instance's lock."""
    if not instance.entries and not instance.detached:
        call_duckdb(lambda: instance_state.detach_state(instance, cursor), (), "DuckDB could not drop our marker")


def is_ours(rows: list[SecretRow], entry: AppliedSecret) -> bool:
    """Whether the temporary secret of that name is still the one that we noted, as far as can be told."""
    return any(row.storage == instance_state.IN_MEMORY and row.duckdb_type == entry.duckdb_type for row in rows)


def _refuse_conflict(rows: list[SecretRow], entry: AppliedSecret | None, spec: SecretSpec) -> None:
    """Raise `NameConflictError` for a name that somebody else has."""
    name = spec.name
    if any(row.persistent or row.storage != instance_state.IN_MEMORY for row in rows):
        raise NameConflictError(
            f"DuckDB holds a persistent secret named {name!r}, and would not know which of the two is meant",
            hint=f"apply it under another name, or DROP PERSISTENT SECRET {identifier(name)} first",
        )
    if rows and not spec.replace and (entry is None or not is_ours(rows, entry)):
        raise NameConflictError(f"this DuckDB already holds a secret named {name!r} that did not come from the vault")
    if entry is not None and entry.id != spec.secret.metadata.id and (entry.leases or spec.leased):
        raise NameConflictError(
            f"another secret of the vault is applied under the name {name!r} now", hint="apply it under another name"
        )


def _refuse_unredacted(cursor: duckdb.DuckDBPyConnection, name: str) -> None:
    """Raise `PolicyDeniedError` for an instance that shows secrets to anybody who runs SQL there."""
    row = call_duckdb(
        lambda: cursor.execute("SELECT current_setting('allow_unredacted_secrets')").fetchone(), (), CANNOT_LIST
    )
    if row is None or row[0]:
        raise PolicyDeniedError(
            f"{name!r} is inject-only, and this DuckDB shows secrets unredacted",
            hint="open it with allow_unredacted_secrets off, as it is by default",
        )


def _create(
    cursor: duckdb.DuckDBPyConnection, spec: SecretSpec, fields: Fields, *, replace: bool
) -> tuple[tuple[int, ...], bool]:
    """Create the secret, and return the lengths of its sensitive values and whether DuckDB shows some of them."""
    secret, secret_type = spec.secret, spec.secret_type
    provider = secret_type.provider(secret.metadata.provider)
    with (
        create_parameters(secret_type, provider.name, fields, spec.references) as parameters,
        scrub_on_free(),
    ):
        lengths = sensitive_lengths(provider, parameters)
        shown = any(isinstance(value, dict) for value in parameters.values.values())
        call_duckdb(
            lambda: statements.create(
                cursor,
                spec.name,
                (secret_type.duckdb_type, provider.name),
                parameters.values,
                secret.metadata.scopes,
                replace=replace,
            ),
            protected_values(provider, secret.credentials, parameters),
            f"DuckDB refused the secret {spec.name!r}",
        )
        overwrite(cursor, lengths)
    return lengths, shown
