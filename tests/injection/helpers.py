"""Secrets for tests, made without a vault, and DuckDB instances that let us look at what arrived."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import duckdb

from pondpilot_secrets.injection.duckdb_support import running_version
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.injection.injector import Injector
from pondpilot_secrets.injection.quoting import folded
from pondpilot_secrets.models import SecretCredentials, SecretMetadata
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secure import SecureString
from tests.duckdb_versions import WITHOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.secret_types.base import SecretType

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


KIND = "http" if WITHOUT else "s3"
"""A type that every DuckDB of the tests can create: the one in the core where there are no packages."""
KIND_TYPE = registry.get(KIND)


def own_fields(value: str, type_name: str) -> dict[str, str]:
    """Fields for a secret of a type, of that value."""
    return {"bearer_token": value} if type_name == "http" else {"key_id": "AKIAEXAMPLE", "secret": value}


def connect(database: str = ":memory:", **settings: Any) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that keeps nothing, fetches nothing and may show what it holds."""
    config = {
        "allow_unredacted_secrets": "true",
        "allow_persistent_secrets": "false",
        "autoinstall_known_extensions": "false",
    }
    return duckdb.connect(database, config=config | settings)


def injector() -> Injector:
    return Injector(Extensions(offline=True))


def secret_type_named(name: str) -> SecretType:
    return registry.get(name)


def make_secret(
    type_name: str,
    name: str = "mine",
    fields: Mapping[str, str] | None = None,
    *,
    provider: str | None = None,
    scopes: tuple[str, ...] = (),
    id: str | None = None,  # noqa: A002
    revision: int = 1,
    value: str = "example-secret",
) -> SecretCredentials:
    given = own_fields(value, type_name) if fields is None else fields
    metadata = SecretMetadata(
        id=id or str(uuid.uuid4()),
        name=name,
        type=type_name,
        provider=provider or registry.get(type_name).providers[0].name,
        scopes=scopes,
        tags=(),
        description=None,
        field_names=tuple(sorted(given)),
        created_at=BEGINNING,
        updated_at=BEGINNING,
        revision=revision,
    )
    return SecretCredentials(metadata, {key: SecureString(value) for key, value in given.items()})


def apply(con: duckdb.DuckDBPyConnection, secret: SecretCredentials, name: str | None = None, **options: Any) -> str:
    return injector().apply(con, secret, registry.get(secret.metadata.type), name=name, **options)


def as_listed(name: str) -> str:
    """A secret's name as DuckDB lists it: 1 lowers its ASCII letters, 2 keeps what was typed; both compare alike."""
    return folded(name) if running_version() < (2, 0, 0) else name


def names_in(con: duckdb.DuckDBPyConnection, *, marks: bool = False) -> list[str]:
    """The names of the instance's secrets, without our marker unless asked for."""
    rows = con.cursor().execute("SELECT name FROM duckdb_secrets() ORDER BY name").fetchall()
    return [name for (name,) in rows if marks or not name.startswith("__pondpilot_")]


def shown(con: duckdb.DuckDBPyConnection, name: str) -> str:
    """What the instance says of a secret, with its values."""
    row = (
        con.cursor()
        .execute("SELECT secret_string FROM duckdb_secrets(redact=false) WHERE name = ?", [as_listed(name)])
        .fetchone()
    )
    assert row is not None, f"no secret named {name}"
    return str(row[0])


def plain(bound: Any) -> Any:
    """What is bound, as DuckDB shows it."""
    if isinstance(bound, SecureString):
        return bound.expose()
    if isinstance(bound, dict):
        return {key: plain(part) for key, part in bound.items()}
    return {True: "true", False: "false"}.get(bound, str(bound)) if isinstance(bound, bool) else str(bound)


def held(con: duckdb.DuckDBPyConnection, name: str, key: str, wanted: Any) -> bool:
    """Whether DuckDB itself finds the value in what it holds; compared by DuckDB, so that no printing gets in between.

    A secret is shown as `key=value;`, a map as `key={name=value}`; texts inside a map are quoted where they must be.
    """
    question = (
        "SELECT contains(secret_string || ';', ? || '=' || ? || ';') FROM duckdb_secrets(redact=false) WHERE name = ?"
    )
    cursor = con.cursor()
    return any(cursor.execute(question, [key, form, name]).fetchone() == (True,) for form in _forms(con, wanted))


def _forms(con: duckdb.DuckDBPyConnection, wanted: Any) -> list[str]:
    """How DuckDB may show a value: some maps as a MAP, others as a STRUCT."""
    if not isinstance(wanted, dict):
        return [wanted]
    cursor = con.cursor()
    both = [cursor.execute("SELECT map(?, ?)::VARCHAR", [list(wanted), list(wanted.values())]).fetchone()]
    # A dict of these two names would be taken for a MAP.
    if wanted and not {"key", "value"} >= set(wanted):
        both.append(cursor.execute("SELECT (?)::VARCHAR", [wanted]).fetchone())
    return [str(row[0]) for row in both if row is not None]


def map_text(entries: Mapping[str, str]) -> str:
    return json.dumps(dict(entries), ensure_ascii=False)
