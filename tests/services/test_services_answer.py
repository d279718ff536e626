"""Each server gives the right credential what it asks for and refuses a wrong one, through plain DuckDB."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from tests.services.duckdb_client import connect, extension_path

if TYPE_CHECKING:
    from tests.services.azurite import AzuriteServer
    from tests.services.ducklake import DuckLakeInPostgres, DuckLakeInSQLite
    from tests.services.http_server import HTTPDataServer
    from tests.services.huggingface import HuggingFaceServer
    from tests.services.iceberg_rest import IcebergCatalogServer
    from tests.services.keyring_daemon import KeyringDaemon
    from tests.services.mariadb import MariaDBServer
    from tests.services.postgres import PostgresServer
    from tests.services.prompting_secret_service import PromptingSecretService
    from tests.services.quack_server import QuackServer
    from tests.services.seaweedfs import SeaweedFSServer
    from tests.services.unity_catalog import UnityCatalogServer


def with_secret(extensions: tuple[str, ...], secret_type: str, **fields: Any) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that holds one secret named `s`, every value bound."""
    con = connect(*extensions)
    names = ", ".join(f"{name} ?" for name in fields)
    con.execute(f"CREATE OR REPLACE TEMPORARY SECRET s (TYPE {secret_type}, {names})", list(fields.values()))
    return con


def count(con: duckdb.DuckDBPyConnection, source: str) -> int:
    row = con.execute(f"SELECT count(*) FROM {source}").fetchone()
    assert row is not None
    return int(row[0])


def attached_to_postgres(server: PostgresServer, **changed: str) -> duckdb.DuckDBPyConnection:
    fields = {"host": server.host, "port": str(server.port), "database": server.database, "user": server.user}
    con = with_secret(("postgres_scanner",), "postgres", **(fields | {"password": server.password} | changed))
    con.execute("ATTACH '' AS x (TYPE postgres, SECRET s, READ_ONLY)")
    return con


def attached_to_mariadb(server: MariaDBServer, **changed: str) -> duckdb.DuckDBPyConnection:
    fields = {"host": server.host, "port": str(server.port), "database": server.database, "user": server.user}
    con = with_secret(("mysql_scanner",), "mysql", **(fields | {"password": server.password} | changed))
    con.execute("ATTACH '' AS x (TYPE mysql, SECRET s, READ_ONLY)")
    return con


def test_postgres_answers_the_right_password_only(postgres_server: PostgresServer) -> None:
    with attached_to_postgres(postgres_server) as con:
        assert count(con, "x.public.orders") == postgres_server.rows
    with pytest.raises(duckdb.IOException, match="password authentication failed"):
        attached_to_postgres(postgres_server, password="wrong")
    with pytest.raises(duckdb.IOException, match='database "nope" does not exist'):
        attached_to_postgres(postgres_server, database="nope")
    with pytest.raises(duckdb.IOException, match="server does not support SSL"):
        attached_to_postgres(postgres_server, sslmode="require")


def test_mariadb_answers_the_right_password_only(mariadb_server: MariaDBServer) -> None:
    with attached_to_mariadb(mariadb_server) as con:
        assert count(con, "x.orders") == mariadb_server.rows
    with pytest.raises(duckdb.IOException, match="Access denied for user"):
        attached_to_mariadb(mariadb_server, password="wrong")


# For gcs DuckDB has words of its own and drops the server's.
REFUSED = {"s3": "SignatureDoesNotMatch", "r2": "SignatureDoesNotMatch", "gcs": "GCS authentication failed"}


@pytest.mark.parametrize("secret_type", REFUSED)
def test_seaweedfs_checks_the_signature(seaweedfs_server: SeaweedFSServer, secret_type: str) -> None:
    server = seaweedfs_server
    where = {"endpoint": server.endpoint, "region": server.region, "url_style": "path", "use_ssl": False}
    url = server.url.replace("s3://", f"{secret_type}://")
    with with_secret(("httpfs",), secret_type, key_id=server.key_id, secret=server.secret, **where) as con:
        assert count(con, f"'{url}'") == server.rows
        with pytest.raises(duckdb.HTTPException, match="NoSuchBucket"):
            con.execute(f"FROM glob('{secret_type}://{server.missing_bucket}/*')")
    with (
        with_secret(("httpfs",), secret_type, key_id=server.key_id, secret="wrong", **where) as con,
        pytest.raises(duckdb.HTTPException, match=REFUSED[secret_type]),
    ):
        count(con, f"'{url}'")


def test_seaweedfs_reader_may_not_write(seaweedfs_server: SeaweedFSServer) -> None:
    server = seaweedfs_server
    where = {"endpoint": server.endpoint, "region": server.region, "url_style": "path", "use_ssl": False}
    key = {"key_id": server.reader_key_id, "secret": server.reader_secret}
    with with_secret(("httpfs",), "s3", **key, **where) as con:
        assert count(con, f"'{server.csv_url}'") == server.rows
        with pytest.raises(duckdb.HTTPException, match="AccessDenied"):
            con.execute(f"COPY (SELECT 1) TO 's3://{server.bucket}/new.csv'")


def test_azurite_checks_the_account_key(azurite_server: AzuriteServer) -> None:
    with with_secret(("azure",), "azure", connection_string=azurite_server.connection_string()) as con:
        assert count(con, f"'{azurite_server.url}'") == azurite_server.rows
        with pytest.raises(duckdb.IOException, match="ContainerNotFound"):
            con.execute("FROM glob('az://nope/*')")
    wrong = azurite_server.connection_string(azurite_server.wrong_account_key)
    with (
        with_secret(("azure",), "azure", connection_string=wrong) as con,
        pytest.raises(duckdb.IOException, match="AuthorizationFailure"),
    ):
        count(con, f"'{azurite_server.url}'")


def test_web_server_answers_the_right_token_only(http_data_server: HTTPDataServer) -> None:
    server = http_data_server
    scope = f"{server.base_url}/"
    with with_secret(("httpfs",), "http", bearer_token=server.token, scope=scope) as con:
        assert count(con, f"'{server.url}'") == count(con, f"'{server.parquet_url}'") == server.rows
    header = {"Authorization": server.basic_header}
    with with_secret(("httpfs",), "http", extra_http_headers=header, scope=scope) as con:
        assert count(con, f"'{server.url}'") == server.rows
    with (
        with_secret(("httpfs",), "http", bearer_token=server.wrong_token, scope=scope) as con,
        pytest.raises(duckdb.HTTPException, match="HTTP 0 Internal Server Error"),
    ):
        count(con, f"'{server.url}'")


def test_web_server_can_be_slow_silent_and_busy(http_data_server: HTTPDataServer) -> None:
    server = http_data_server
    with with_secret(("httpfs",), "http", bearer_token=server.token, scope=f"{server.base_url}/") as con:
        con.execute("SET http_timeout = 1")
        assert count(con, f"'{server.base_url}/slow/0.1/data.csv'") == server.rows
        with pytest.raises(duckdb.IOException, match="Timeout was reached"):
            con.execute(f"FROM read_blob('{server.base_url}/silent')")
        for status in (429, 500):
            with pytest.raises(duckdb.HTTPException, match=f"HTTP {status}"):
                con.execute(f"FROM read_blob('{server.base_url}/status/{status}')")


def test_bearer_token_does_not_follow_a_redirect_to_another_port(
    http_data_server: HTTPDataServer, other_http_data_server: HTTPDataServer
) -> None:
    server, other = http_data_server, other_http_data_server
    with with_secret(("httpfs",), "http", bearer_token=server.token, scope=f"{server.base_url}/") as con:
        assert count(con, f"'{server.base_url}/redirect/{other.base_url}/open.csv'") == other.rows
    assert other.requests
    assert set(other.authorizations_seen) == {None}


def test_huggingface_gets_the_token_and_no_other_host_does(huggingface_server: HuggingFaceServer) -> None:
    server = huggingface_server
    with with_secret(("httpfs",), "huggingface", token=server.token) as con:
        server.lead(con)
        assert [count(con, f"'{url}'") for url in (server.url, server.glob_url, server.redirected_url)] == [3, 3, 3]
    assert server.hosts_with_token() == {"huggingface.co"}
    assert {host for host, _ in server.connections} == {"huggingface.co:443", "cdn-lfs.hf.co:443"}
    assert not [headers for _, headers in server.connections if "authorization" in headers]


def test_huggingface_refuses_a_wrong_token(huggingface_server: HuggingFaceServer) -> None:
    with with_secret(("httpfs",), "huggingface", token=huggingface_server.wrong_token) as con:
        huggingface_server.lead(con)
        with pytest.raises(duckdb.HTTPException, match="HTTP 401"):
            con.execute(f"FROM glob('{huggingface_server.glob_url}')")


def test_quack_answers_the_right_token_only(quack_server: QuackServer) -> None:
    attach = f"ATTACH '{quack_server.uri}' AS x (TYPE quack, SECRET s, READ_ONLY)"
    with with_secret(("httpfs", "quack"), "quack", token=quack_server.token) as con:
        con.execute(attach)
        assert count(con, "x.orders") == quack_server.rows
    with (
        with_secret(("httpfs", "quack"), "quack", token=quack_server.wrong_token) as con,
        pytest.raises(duckdb.InvalidInputException, match="Authentication failed"),
    ):
        con.execute(attach)


def test_unity_catalog_lists_its_table_for_the_right_token_only(unity_catalog_server: UnityCatalogServer) -> None:
    server = unity_catalog_server
    listing = "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = 'x'"
    for token, right in ((server.token, True), (server.wrong_token, False)):
        where = {"endpoint": server.base_url, "aws_region": server.region}
        with with_secret(("httpfs", "unity_catalog"), "unity_catalog", token=token, **where) as con:
            con.execute(f"ATTACH '{server.catalog}' AS x (TYPE unity_catalog, SECRET s, READ_ONLY)")
            if right:
                assert con.execute(listing).fetchall() == [(server.schema, server.table)]
            else:
                with pytest.raises(duckdb.IOException, match="HTTP 401"):
                    con.execute(listing)


ICEBERG = ("httpfs", "avro", "iceberg")


def test_iceberg_answers_the_right_token_only(iceberg_server: IcebergCatalogServer) -> None:
    server = iceberg_server
    attach = f"ATTACH '{server.warehouse}' AS x (TYPE iceberg, SECRET s, READ_ONLY)"
    with with_secret(ICEBERG, "iceberg", token=server.token, endpoint=server.endpoint) as con:
        con.execute(attach)
        assert count(con, "x.shop.orders") == 0
    with (
        with_secret(ICEBERG, "iceberg", token=server.wrong_token, endpoint=server.endpoint) as con,
        pytest.raises(duckdb.Error, match="Unauthorized_401"),
    ):
        con.execute(attach)


def test_iceberg_gives_a_token_for_the_right_client_only(iceberg_server: IcebergCatalogServer) -> None:
    server = iceberg_server
    where = {"oauth2_server_uri": server.oauth2_server_uri, "endpoint": server.endpoint, "client_id": server.client_id}
    with with_secret(ICEBERG, "iceberg", client_secret=server.client_secret, **where) as con:
        con.execute(f"ATTACH '{server.warehouse}' AS x (TYPE iceberg, SECRET s, READ_ONLY)")
        assert count(con, "x.shop.orders") == 0
    with pytest.raises(duckdb.Error, match="invalid_client"):
        with_secret(ICEBERG, "iceberg", client_secret="wrong", **where)


def test_ducklake_reads_through_its_sqlite_catalog(ducklake_in_sqlite: DuckLakeInSQLite) -> None:
    lake = ducklake_in_sqlite
    paths = {"metadata_path": lake.metadata_path, "data_path": lake.data_path}
    with with_secret(("sqlite_scanner", "ducklake"), "ducklake", **paths) as con:
        con.execute("ATTACH 'ducklake:s' AS x (READ_ONLY)")
        assert count(con, "x.orders") == lake.rows


def test_ducklake_reads_through_its_postgres_catalog(ducklake_in_postgres: DuckLakeInPostgres) -> None:
    lake = ducklake_in_postgres
    with attached_to_postgres(lake.postgres) as con:
        con.execute(f"LOAD '{extension_path('ducklake')}'")
        con.execute(
            "CREATE TEMPORARY SECRET lake (TYPE ducklake, METADATA_PATH '', DATA_PATH ?, METADATA_SCHEMA ?, "
            "METADATA_PARAMETERS ?)",
            [lake.data_path, lake.metadata_schema, {"TYPE": "postgres", "SECRET": "s"}],
        )
        con.execute("ATTACH 'ducklake:lake' AS y (READ_ONLY)")
        assert count(con, "y.orders") == lake.rows


def look_up(service: KeyringDaemon | PromptingSecretService, seconds: float = 5) -> subprocess.CompletedProcess[bytes]:
    command = ["secret-tool", "lookup", "service", "pond"]
    return subprocess.run(command, env=service.full_environment, capture_output=True, timeout=seconds, check=False)


def store(service: KeyringDaemon) -> None:
    command = ["secret-tool", "store", "--label=test", "service", "pond"]
    subprocess.run(command, env=service.full_environment, input=b"value", timeout=5, check=True)


def test_keyring_gives_its_item_only_while_unlocked(secret_service: KeyringDaemon) -> None:
    store(secret_service)
    assert look_up(secret_service).stdout == b"value"
    secret_service.lock()
    assert secret_service.locked
    assert look_up(secret_service).stdout == b""
    secret_service.unlock()
    assert look_up(secret_service).stdout == b"value"


def test_keyring_keeps_its_item_over_a_restart(secret_service: KeyringDaemon) -> None:
    store(secret_service)
    secret_service.restart_daemon()
    assert look_up(secret_service).stdout == b"value"
    secret_service.kill_daemon()
    secret_service.start_daemon(unlocked=False)
    assert secret_service.locked


def test_frozen_keyring_answers_nothing_until_it_is_thawed(secret_service: KeyringDaemon) -> None:
    store(secret_service)
    secret_service.freeze()
    with pytest.raises(subprocess.TimeoutExpired):
        look_up(secret_service, seconds=0.5)
    secret_service.thaw()
    assert look_up(secret_service).stdout == b"value"


def test_killed_keyring_and_absent_keyring_say_the_same(
    secret_service: KeyringDaemon, no_secret_service: KeyringDaemon
) -> None:
    secret_service.kill_daemon()
    for session in (secret_service, no_secret_service):
        assert b"was not provided by any .service files" in look_up(session).stderr


def test_stopped_bus_cannot_be_reached(secret_service: KeyringDaemon) -> None:
    secret_service.stop_bus()
    assert b"Could not connect" in look_up(secret_service).stderr


def test_dismissed_prompt_ends_a_look_up_at_once(dismissing_secret_service: PromptingSecretService) -> None:
    began = time.monotonic()
    assert look_up(dismissing_secret_service).stdout == b""
    assert time.monotonic() - began < 2
    assert dismissing_secret_service.calls[-1] == "Prompt"


def test_prompt_that_nobody_answers_holds_a_look_up(silent_secret_service: PromptingSecretService) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        look_up(silent_secret_service, seconds=0.7)
    assert silent_secret_service.calls[-1] == "Prompt"
