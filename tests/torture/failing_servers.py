"""Failures that servers cause: they refuse, are not there, or repeat whatever they were sent."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import duckdb

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.commands.query import QueryRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from tests.integration.marker import MARKER, PLAIN_MARKER
from tests.services.echoing_server import FORMS, EchoingServer

Case = tuple[str, Callable[[], Any]]
BASE64_MARKER = "cDBuZFBsYWluTWFya2VyN2YzYTljMmU1MWQ4NGI2MA=="  # of the plain marker


def cases(vault: SecretsManager, echo: EchoingServer, servers: tuple[Any, ...]) -> Iterator[Case]:
    yield from echoes(vault, echo)
    yield from databases(vault, servers)
    yield from lakes(vault, servers[0])


def session_of(vault: SecretsManager) -> Session:
    return Session(open_vault=vault)


def attach(vault: SecretsManager, name: str) -> None:
    with contextlib.closing(duckdb.connect()) as con:
        vault.attach(con, name)


def ask(vault: SecretsManager, name: str, sql: str) -> None:
    """What `pond sql` does."""
    list(dispatch(session_of(vault), "query", QueryRequest(sql, (name,))))


def echoes(vault: SecretsManager, echo: EchoingServer) -> Iterator[Case]:
    """Every type that speaks HTTP, asking a server that repeats the credential in every form and place."""
    place, queries = save_for_echo(vault, echo), dict[str, str]()
    for name, sql in place.items():
        queries[name] = sql

    def told(form: str, status: int, action: Callable[[], Any]) -> Any:
        echo.form, echo.status = form, status
        return action()

    statuses = itertools.cycle((403, 401, 400, 500, 404, 429))
    for (name, sql), form in itertools.product(queries.items(), FORMS):
        yield f"echo in a query: {name} {form}", partial(told, form, next(statuses), partial(ask, vault, name, sql))
    targets = {"http": f"{echo.base_url}/x", "basic": f"{echo.base_url}/x", "s3": "s3://bucket/x", "azure": "az://c/x"}
    tested = [*targets, "iceberg", "client", "unity", "quack"]
    for name, form in itertools.product(tested, list(FORMS)[::3]):
        action = partial(vault.test_secret, name, targets.get(name))
        yield f"echo in a test: {name} {form}", partial(told, form, next(statuses), action)


def save_for_echo(vault: SecretsManager, echo: EchoingServer) -> dict[str, str]:
    """Save a secret of each type for the echoing server; returns what to ask with each."""
    host, url = f"127.0.0.1:{echo.port}", echo.base_url
    keys = {"endpoint": host, "url_style": "path", "use_ssl": False, "key_id": PLAIN_MARKER, "secret": MARKER}
    whole = keys | {"session_token": PLAIN_MARKER, "extra_http_headers": {"X-Told": MARKER}}
    blob = f"DefaultEndpointsProtocol=http;AccountName=a;AccountKey={BASE64_MARKER};BlobEndpoint=http://{host}/a;"
    client = {"client_id": PLAIN_MARKER, "client_secret": MARKER, "oauth2_server_uri": f"{url}/token"}
    save = partial(_save, vault)
    save("http", "http", {"bearer_token": PLAIN_MARKER, "extra_http_headers": {"Cookie": MARKER}}, url)
    save("http", "basic", {"username": PLAIN_MARKER, "password": MARKER}, url)
    save("http", "proxy", {"http_proxy": host, "http_proxy_username": PLAIN_MARKER, "http_proxy_password": MARKER}, "*")
    save("s3", "s3", whole, "s3://bucket/")
    save("gcs", "gcs", whole, "gs://bucket/")
    save("gcs", "token", {"bearer_token": PLAIN_MARKER, "endpoint": host, "use_ssl": False}, "gs://other/")
    save("r2", "r2", whole, "r2://bucket/")
    save("azure", "azure", {"connection_string": blob})
    save("iceberg", "iceberg", {"endpoint": url, "token": PLAIN_MARKER, "warehouse": "w"})
    save("iceberg", "client", {"endpoint": url, "warehouse": "w", **client})
    save("unity_catalog", "unity", {"endpoint": url, "token": PLAIN_MARKER, "catalog": "c", "aws_region": "eu"})
    save("quack", "quack", {"host": "127.0.0.1", "port": echo.port, "token": MARKER, "disable_ssl": True})
    return {
        "http": f"FROM read_text('{url}/x')",
        "basic": f"FROM read_csv('{url}/x.csv')",
        "proxy": "FROM read_text('http://127.0.0.1:9/x')",
        "s3": "FROM glob('s3://bucket/*')",
        "gcs": "FROM glob('gs://bucket/*')",
        "token": "FROM glob('gs://other/*')",
        "r2": "FROM glob('r2://bucket/*')",
        "azure": "FROM glob('az://c/*')",
        "iceberg": "FROM iceberg.a.b",
        "client": "FROM client.a.b",
        "unity": "FROM unity.a.b",
        "quack": "FROM quack.x",
    }


def _save(vault: SecretsManager, type_: str, name: str, fields: Mapping[str, Any], scope: str | None = None) -> None:
    vault.save_secret(type_, name, fields, scope=scope)


def databases(vault: SecretsManager, servers: tuple[Any, ...]) -> Iterator[Case]:
    """Wrong passwords, hosts, ports, databases and connection strings, in a query, an ATTACH and a test."""
    for server in servers:
        for what, fields in wrong(server):
            kind = {"PostgresServer": "postgres", "MariaDBServer": "mysql"}.get(type(server).__name__, "s3")
            name = f"{kind} {what}"
            vault.save_secret(kind, name, fields, scope="s3://prod/" if kind == "s3" else None)
            sql = "FROM glob('s3://prod/*')" if kind == "s3" else f'FROM "{name}".x'
            yield f"database: {name}, query", partial(ask, vault, name, sql)
            yield f"database: {name}, test", partial(vault.test_secret, name, "s3://prod/" if kind == "s3" else None)
            if kind != "s3":
                yield f"database: {name}, attach", partial(attach, vault, name)


def wrong(server: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    if type(server).__name__ == "SeaweedFSServer":
        fields = {"endpoint": server.endpoint, "url_style": "path", "use_ssl": False, "key_id": server.key_id}
        yield "secret", fields | {"secret": MARKER}
        yield "key", fields | {"key_id": PLAIN_MARKER, "secret": MARKER}
        yield "token", fields | {"secret": server.secret, "session_token": PLAIN_MARKER}
        return
    fields = {"host": server.host, "port": server.port, "database": server.database, "user": server.user}
    yield "password", fields | {"password": MARKER}
    yield "user", fields | {"user": PLAIN_MARKER, "password": MARKER}
    yield "database", fields | {"database": PLAIN_MARKER, "password": MARKER}
    yield "port", fields | {"port": 9, "password": MARKER}
    yield "spaces", fields | {"user": "a  b", "password": f"  {MARKER}\n\t{MARKER}  "}
    if type(server).__name__ == "MariaDBServer":
        yield "tls", fields | {"password": MARKER, "ssl_mode": "required"}
        return
    yield "host", {"host": "nowhere.invalid", "password": MARKER, "user": PLAIN_MARKER}
    yield "dsn in the password", fields | {"password": f"x' host=nowhere password={MARKER}"}
    yield "options", fields | {"password": server.password, "options": f"-c {PLAIN_MARKER}=1"}
    yield "tls", fields | {"password": MARKER, "sslmode": "verify-full"}
    yield "service", {"service": PLAIN_MARKER, "password": MARKER}
    yield "encoding", fields | {"password": server.password, "client_encoding": PLAIN_MARKER}
    uri = f"{server.host}:{server.port}/{server.database}"
    yield "uri", {"uri": f"postgresql://ana:{PLAIN_MARKER}@{uri}"}
    for number, text in enumerate(malformed(uri)):
        yield f"malformed uri {number}", {"uri": text}


def malformed(uri: str) -> Iterator[str]:
    """Connection strings that libpq complains about, each by repeating another part of it."""
    yield from (f"postgresql://ana:{MARKER}@{uri}", f"postgresql://ana:{PLAIN_MARKER}@@{uri}")
    yield from (
        f"postgresql://{PLAIN_MARKER}",
        f"postgresql://ana:x/{PLAIN_MARKER}@{uri}",
        f"postgresql://[{PLAIN_MARKER}/x",
    )
    yield from (f"postgresql://ana:%zz{PLAIN_MARKER}@{uri}", f"postgresql://ana:x@{uri}?{PLAIN_MARKER}=1")
    yield from (f"postgresql://ana:x@{uri}?sslmode={PLAIN_MARKER}", f"host={PLAIN_MARKER} password={PLAIN_MARKER}")
    yield from (
        f"password='{PLAIN_MARKER}",
        f"{PLAIN_MARKER}",
        f"passwort={PLAIN_MARKER}",
        f"host=x port={PLAIN_MARKER}",
    )
    yield from (f"mysql://ana:{PLAIN_MARKER}@{uri}", f"postgresql://ana:x@127.0.0.1:{PLAIN_MARKER}/x")


def lakes(vault: SecretsManager, server: Any) -> Iterator[Case]:
    """Lakes whose catalog's secret is wrong: the words are about another secret than the one that is attached."""
    for what, fields in wrong(server):
        catalog, name = f"catalog {what}", f"lake_{what}".replace(" ", "_")
        vault.save_secret("postgres", catalog, fields)
        vault.save_secret("ducklake", name, {"catalog_secret": catalog, "catalog_type": "postgres", "data_path": "/x/"})
        yield f"lake: {what}, attach", partial(attach, vault, name)
        yield f"lake: {what}, query", partial(ask, vault, name, f"FROM {name}.x")
