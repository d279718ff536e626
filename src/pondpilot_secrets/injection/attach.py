"""Attaching the databases that a secret opens.

An attached database holds its own copy of the credentials, so a rotated secret reaches it only by attaching it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import NameConflictError, UsageError
from pondpilot_secrets.injection import extensions as extending
from pondpilot_secrets.injection import instance_state
from pondpilot_secrets.injection.create_secret import cursor_of
from pondpilot_secrets.injection.duckdb_errors import call_duckdb
from pondpilot_secrets.injection.duckdb_support import attach_words
from pondpilot_secrets.injection.quoting import folded, identifier, literal, option
from pondpilot_secrets.secret_types.protected_values import protected_values

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import Attach, AttachTarget, SecretType
    from pondpilot_secrets.secret_types.duckdb_versions import Version

_NO_WORDS: Mapping[str, str] = {}


def attach(
    con: duckdb.DuckDBPyConnection,
    secret: SecretCredentials,
    secret_type: SecretType,
    duckdb_name: str,
    alias: str | None = None,
    read_only: bool = True,
    *,
    extensions: Extensions | None = None,
) -> str:
    """Attach the database of a secret that is applied under `duckdb_name`, and return its alias, that name when None.

    A database that keeps its own name takes no alias, and that name is returned.
    Raises `UsageError` (1022) for a type whose files are read by their paths, `NameConflictError` (1020) when a database
    of that alias is attached, and `DuckDBIntegrationError` (1008) with a redacted text.
    """
    database = _name_inside(secret, secret_type, duckdb_name, alias)
    statement = attach_statement(secret, secret_type, duckdb_name, database, read_only)
    values = protected_values(secret_type.provider(secret.metadata.provider), secret.credentials)
    with cursor_of(con) as cursor:
        _load(con, cursor, secret, secret_type, extensions)
        if is_attached(cursor, database):
            raise NameConflictError(
                f"a database named {database!r} is attached already",
                hint="attach it under another name, or DETACH that one",
            )
        call_duckdb(lambda: cursor.execute(statement), values, f"DuckDB could not attach {database!r}")
    return database


def reattach(
    con: duckdb.DuckDBPyConnection,
    secret: SecretCredentials,
    secret_type: SecretType,
    duckdb_name: str,
    alias: str | None = None,
    read_only: bool = True,
    *,
    extensions: Extensions | None = None,
) -> str:
    """Detach the database, if it is attached, and attach it with the secret's present values.

    Raises as `attach` does; a database that a transaction or `USE` still holds cannot be detached and stays.
    """
    database = _name_inside(secret, secret_type, duckdb_name, alias)
    attach_statement(secret, secret_type, duckdb_name, database, read_only)  # refuse before anything is detached
    detach(con, database, missing_is_fine=True)
    return attach(con, secret, secret_type, duckdb_name, database, read_only, extensions=extensions)


def detach(con: duckdb.DuckDBPyConnection, alias: str, *, missing_is_fine: bool = False) -> None:
    """Detach a database; raises `DuckDBIntegrationError` (1008)."""
    condition = "IF EXISTS " if missing_is_fine else ""
    with cursor_of(con) as cursor:
        call_duckdb(
            lambda: cursor.execute(f"DETACH DATABASE {condition}{identifier(alias)}"),
            (),
            f"DuckDB could not detach {alias!r}",
        )


def is_attached(cursor: duckdb.DuckDBPyConnection, alias: str) -> bool:
    """Whether a database of that name is attached, in any case."""
    rows = cursor.execute("SELECT database_name FROM duckdb_databases()").fetchall()
    return folded(alias) in {folded(name) for (name,) in rows}


def attach_statement(
    secret: SecretCredentials,
    secret_type: SecretType,
    duckdb_name: str,
    alias: str,
    read_only: bool,
    *,
    version: Version | None = None,
    further: Mapping[str, str] = _NO_WORDS,
) -> str:
    """Return the ATTACH of a secret for a DuckDB of that version, the running one when None; no credential is part of it.

    `further` are words for a target that is made of words.
    """
    how = secret_type.attach
    if how is None:
        raise UsageError(
            f"a secret of type {secret_type.name} has no database to attach",
            hint="apply it and read its files by their paths",
        )
    target = how.target(duckdb_name, secret.credentials)
    text = attach_words(secret, secret_type, version, further) if how.takes_words else target.text
    options = ", ".join(_options(how, target, duckdb_name, read_only))
    named = "" if how.own_name is not None else f" AS {identifier(alias)}"
    return f"ATTACH {literal(text)}{named}" + (f" ({options})" if options else "")


def _name_inside(secret: SecretCredentials, secret_type: SecretType, duckdb_name: str, alias: str | None) -> str:
    how = secret_type.attach
    if how is not None and how.own_name is not None:
        return how.own_name(secret.credentials)
    return duckdb_name if alias is None else alias


def _options(how: Attach, target: AttachTarget, duckdb_name: str, read_only: bool) -> list[str]:
    options = []
    if how.type is not None:
        options.append(f"TYPE {how.type}")
    if how.names_secret:
        options.append(f"SECRET {identifier(duckdb_name)}")
    options += [f"{name} {option(value)}" for name, value in target.options]
    if read_only and how.read_only:
        options.append("READ_ONLY")
    return options


def _load(
    con: duckdb.DuckDBPyConnection,
    cursor: duckdb.DuckDBPyConnection,
    secret: SecretCredentials,
    secret_type: SecretType,
    extensions: Extensions | None,
) -> None:
    if extensions is not None:
        needed = extending.needed_by(secret_type, secret.metadata.provider, secret.credentials)
        extensions.ensure(cursor, needed, instance_state.extensions_loaded(con))
