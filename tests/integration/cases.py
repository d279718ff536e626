"""For each secret type: how it is saved for a real server, what reads with it, and how a wrong credential differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import duckdb
import pytest

from pondpilot_secrets import SecretsManager, TestReason
from pondpilot_secrets.injection.duckdb_support import running_version

Said = TypeVar("Said")
Prepare = Callable[[Any, duckdb.DuckDBPyConnection], None]


@dataclass(frozen=True)
class Case:
    """One way to reach one server.

    `tested` is False where the connection test's own DuckDB, in a process of its own, cannot be led to loopback.
    `fixture` names the server; the functions make their answer from it. `wrong` are the fields of a wrong credential,
    `refused` what DuckDB says to it, `reason` what a test makes of it. `needs` are secrets that must be there before.
    """

    name: str
    type: str
    fixture: str
    fields: Callable[[Any], Mapping[str, Any]]
    query: Callable[[Any], str]
    wrong: Callable[[Any], Mapping[str, Any]]
    refused: str
    scope: Callable[[Any], str | None] = lambda server: None
    target: Callable[[Any], str | None] = lambda server: None
    reason: TestReason = TestReason.WRONG_CREDENTIALS
    attached: bool = False
    needs: Callable[[Any], Mapping[str, tuple[str, Mapping[str, Any]]]] = lambda server: {}
    prepare: Prepare = lambda server, con: None
    tested: bool = True


def _by_version(today: Said, in_1_4: Said) -> Said:
    """What DuckDB 1.4 says differs: it repeats the status of an answer, and not the server's own word for what is wrong."""
    return in_1_4 if running_version() < (1, 5, 0) else today


def _postgres(server: Any) -> dict[str, Any]:
    where = {"host": server.host, "port": server.port, "database": server.database}
    return where | {"user": server.user, "password": server.password}


def _object_store(server: Any) -> dict[str, Any]:
    where = {"endpoint": server.endpoint, "region": server.region, "url_style": "path", "use_ssl": False}
    return where | {"key_id": server.key_id, "secret": server.secret}


def _azure(server: Any, key: str | None = None) -> dict[str, Any]:
    return {"connection_string": server.connection_string(*([key] if key else []))}


def _iceberg(server: Any) -> dict[str, Any]:
    return {"endpoint": server.endpoint, "warehouse": server.warehouse}


CASES = [
    Case(
        "postgres", "postgres", "postgres_server", _postgres,
        query=lambda server: "FROM it.public.orders",
        wrong=lambda server: {"password": "wrong"}, refused="password authentication failed", attached=True,
    ),
    Case(
        "mysql", "mysql", "mariadb_server", _postgres,
        query=lambda server: "FROM it.orders",
        wrong=lambda server: {"password": "wrong"}, refused="Access denied for user", attached=True,
    ),
    *(
        Case(
            kind, kind, "seaweedfs_server", _object_store,
            query=lambda server, kind=kind: f"FROM '{server.url.replace('s3://', kind + '://')}'",
            scope=lambda server, kind=kind: f"{kind}://{server.bucket}",
            wrong=lambda server: {"secret": "wrong"},
            refused=_by_version("SignatureDoesNotMatch", "Authentication Failure")
            if kind != "gcs"
            else "GCS authentication failed",
            reason=_by_version(TestReason.WRONG_CREDENTIALS, TestReason.NOT_ALLOWED),
        )
        for kind in ("s3", "r2", "gcs")
    ),
    Case(
        "azure with a connection string", "azure", "azurite_server", _azure,
        query=lambda server: f"FROM '{server.url}'",
        scope=lambda server: server.url.rpartition("/")[0] + "/",
        wrong=lambda server: _azure(server, server.wrong_account_key), refused="AuthorizationFailure",
    ),
    Case(
        "azure with an account key", "azure", "azurite_server",
        lambda server: {
            "account_name": server.account_name, "account_key": server.account_key, "endpoint": server.blob_endpoint,
        },
        query=lambda server: f"FROM '{server.url}'",
        scope=lambda server: server.url.rpartition("/")[0] + "/",
        wrong=lambda server: {"account_key": server.wrong_account_key}, refused="AuthorizationFailure",
    ),
    Case(
        "http with a password", "http", "http_data_server",
        lambda server: {"username": server.user, "password": server.password},
        query=lambda server: f"FROM '{server.url}'",
        scope=lambda server: server.base_url, target=lambda server: server.url,
        wrong=lambda server: {"password": "wrong"}, refused="HTTP",
    ),
    Case(
        "http with a token", "http", "http_data_server",
        lambda server: {"bearer_token": server.token},
        query=lambda server: f"FROM '{server.url}'",
        scope=lambda server: server.base_url, target=lambda server: server.url,
        wrong=lambda server: {"bearer_token": server.wrong_token}, refused="HTTP",
    ),
    Case(
        "huggingface", "huggingface", "huggingface_server",
        lambda server: {"token": server.token},
        query=lambda server: f"FROM '{server.glob_url}'",
        wrong=lambda server: {"token": server.wrong_token}, refused="HTTP 401",
        prepare=lambda server, con: server.lead(con), tested=False,
    ),
    Case(
        "ducklake with its catalog in SQLite", "ducklake", "ducklake_in_sqlite",
        lambda server: {"metadata_path": server.metadata_path, "data_path": server.data_path},
        query=lambda server: "FROM it.orders",
        wrong=lambda server: {"metadata_path": server.metadata_path + ".nowhere"},
        refused="does not exist|Cannot open|unable to open", reason=TestReason.NOT_FOUND, attached=True,
    ),
    Case(
        "ducklake with its catalog in PostgreSQL", "ducklake", "ducklake_in_postgres",
        lambda server: {
            "catalog_secret": "catalog", "catalog_type": "postgres",
            "data_path": server.data_path, "metadata_schema": server.metadata_schema,
        },
        query=lambda server: "FROM it.orders",
        needs=lambda server: {
            "catalog": ("postgres", _postgres(server.postgres)),
            "wrong_catalog": ("postgres", _postgres(server.postgres) | {"password": "wrong"}),
        },
        wrong=lambda server: {"catalog_secret": "wrong_catalog"},
        refused="password authentication failed", attached=True,
    ),
    Case(
        "quack", "quack", "quack_server",
        lambda server: {"token": server.token, "host": "127.0.0.1", "port": server.port, "disable_ssl": True},
        query=lambda server: "FROM it.orders",
        wrong=lambda server: {"token": server.wrong_token}, refused="Authentication failed", attached=True,
    ),
    Case(
        "iceberg with a token", "iceberg", "iceberg_server",
        lambda server: _iceberg(server) | {"token": server.token},
        query=lambda server: "SELECT 1 FROM (SELECT count(*) FROM it.shop.orders)",
        wrong=lambda server: {"token": server.wrong_token}, refused="Unauthorized", attached=True,
    ),
    Case(
        "iceberg with a client", "iceberg", "iceberg_server",
        lambda server: _iceberg(server)
        | {"client_id": server.client_id, "client_secret": server.client_secret}
        | {"oauth2_server_uri": server.oauth2_server_uri},
        query=lambda server: "SELECT 1 FROM (SELECT count(*) FROM it.shop.orders)",
        wrong=lambda server: {"client_secret": "wrong"}, attached=True,
        refused=_by_version("invalid_client", "Could not get token"),
    ),
    Case(
        "unity catalog", "unity_catalog", "unity_catalog_server",
        lambda server: {
            "endpoint": server.base_url, "token": server.token,
            "catalog": server.catalog, "aws_region": server.region,
        },
        query=lambda server: "FROM duckdb_tables() WHERE database_name = 'it'",
        wrong=lambda server: {"token": server.wrong_token}, refused=_by_version("HTTP 401", "Unauthorized"), attached=True,
    ),
]  # fmt: skip


@dataclass(frozen=True)
class Saved:
    """A case with its server running and its two secrets, `it` and `wrong`, in a vault."""

    case: Case
    server: Any
    vault: SecretsManager


def save(case: Case, vault: SecretsManager, request: pytest.FixtureRequest) -> Saved:
    """Start the server, then save the right credential as `it` and a wrong one as `wrong`."""
    server = request.getfixturevalue(case.fixture)
    for name, (type_, fields) in case.needs(server).items():
        vault.save_secret(type_, name, fields)
    right, scope = case.fields(server), case.scope(server)
    vault.save_secret(case.type, "it", right, scope=scope)
    vault.save_secret(case.type, "wrong", {**right, **case.wrong(server)}, scope=scope)
    return Saved(case, server, vault)
