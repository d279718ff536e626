"""Each outcome of a connection test, against real servers and against none."""

from __future__ import annotations

import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.injection import probe
from pondpilot_secrets.injection.duckdb_support import running_version
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.models import TestReason, TestResult
from pondpilot_secrets.secret_types import registry
from tests.injection.helpers import make_secret, map_text
from tests.services.process import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.models import SecretCredentials

pytestmark = pytest.mark.slow  # each starts a process that probes

OFFLINE = Extensions(offline=True)


def probe_once(secret: SecretCredentials, target: str | None = None, **options: Any) -> TestResult:
    with secret:
        return probe.probe_secret(secret, registry.get(secret.metadata.type), target, extensions=OFFLINE, **options)


def http_secret(token: str, **more: str) -> SecretCredentials:
    return make_secret("http", fields={"bearer_token": token, **more})


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_right_token_works(http_data_server):
    result = probe_once(http_secret(http_data_server.token), http_data_server.url)
    assert result, result
    assert result.reason is TestReason.OK
    assert result.target == http_data_server.url
    assert 0 < result.elapsed < 5


def test_basic_login_works(http_data_server):
    fields = {"username": http_data_server.user, "password": http_data_server.password}
    assert probe_once(make_secret("http", fields=fields), http_data_server.url)
    wrong = probe_once(make_secret("http", fields={**fields, "password": "another password"}), http_data_server.url)
    assert wrong.reason is TestReason.WRONG_CREDENTIALS, wrong


def test_own_header_works(http_data_server):
    headers = map_text({"X-Api-Key": http_data_server.api_key})
    secret = make_secret("http", fields={"extra_http_headers": headers})
    assert probe_once(secret, f"{http_data_server.base_url}/header.csv")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/data.csv", TestReason.WRONG_CREDENTIALS),
        ("/status/403", TestReason.NOT_ALLOWED),
        ("/echo", TestReason.NOT_ALLOWED),
        ("/status/404", TestReason.NOT_FOUND),
        ("/status/429", TestReason.RATE_LIMITED),
        ("/status/500", TestReason.SERVER_ERROR),
        ("/status/503", TestReason.SERVER_ERROR),
    ],
)
def test_what_a_web_server_refuses_is_told_apart(http_data_server, path, reason):
    result = probe_once(http_secret(http_data_server.wrong_token), http_data_server.base_url + path)
    assert result.reason is reason, result.message
    assert http_data_server.wrong_token not in f"{result}"


def test_open_file_outside_of_the_scope_is_no_proof(http_data_server):
    secret = make_secret("http", fields={"bearer_token": "any"}, scopes=("https://api.example.com/",))
    result = probe_once(secret, f"{http_data_server.base_url}/open.csv")
    assert result.reason is TestReason.NO_TARGET, result.message
    assert "https://api.example.com/" in str(result.hint)
    assert http_data_server.authorizations_seen == []


def test_missing_target_is_asked_for():
    result = probe_once(http_secret("token"))
    assert result.reason is TestReason.NO_TARGET
    assert "URL" in str(result.hint)


def test_server_that_is_not_there_is_unreachable():
    result = probe_once(http_secret("token"), f"http://127.0.0.1:{free_port()}/x")
    assert result.reason is TestReason.UNREACHABLE, result


def test_server_without_tls_is_told_as_tls(http_data_server):
    url = http_data_server.url.replace("http://", "https://")
    assert probe_once(http_secret("token"), url).reason is TestReason.TLS


@pytest.mark.parametrize("type_name", ["http", "postgres", "postgres uri", "mysql", "s3", "quack"])
def test_silent_server_ends_in_a_timeout_in_time(silent_port, type_name):
    place = f"127.0.0.1:{silent_port}"
    made = {
        "http": lambda: http_secret("token"),
        "postgres": lambda: make_secret(
            "postgres",
            fields={"host": "127.0.0.1", "port": str(silent_port), "password": "secret word", "connect_timeout": "600"},
        ),
        "postgres uri": lambda: make_secret("postgres", fields={"uri": f"postgresql://u:secretword@{place}/d"}),
        "mysql": lambda: make_secret(
            "mysql", fields={"host": "127.0.0.1", "port": str(silent_port), "password": "secret word"}
        ),
        "s3": lambda: make_secret(
            "s3",
            fields={"key_id": "k", "secret": "s", "endpoint": place, "use_ssl": "false", "url_style": "path"},
            scopes=("s3://bucket/",),
        ),
        "quack": lambda: make_secret("quack", fields={"token": "t", "host": "127.0.0.1", "port": str(silent_port)}),
    }[type_name]()
    threads = threading.active_count()
    result = probe_once(made, f"http://{place}/x" if type_name == "http" else None, timeout=2.0)
    assert result.reason is TestReason.TIMEOUT, result
    assert result.elapsed < 2.6  # the promise: no later than asked for, whatever a client library waits for
    assert threading.active_count() == threads


def postgres_secret(server: Any, **changes: str) -> SecretCredentials:
    fields = {
        "host": server.host,
        "port": str(server.port),
        "user": server.user,
        "password": server.password,
        "database": server.database,
    }
    return make_secret("postgres", fields=fields | changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, TestReason.OK),
        ({"password": "another password"}, TestReason.WRONG_CREDENTIALS),
        ({"user": "nobody known"}, TestReason.WRONG_CREDENTIALS),
        ({"database": "absent"}, TestReason.NOT_FOUND),
        ({"sslmode": "require"}, TestReason.TLS),
        ({"port": "1"}, TestReason.UNREACHABLE),
    ],
)
def test_what_postgres_says_is_told_apart(postgres_server, changes, reason):
    result = probe_once(postgres_secret(postgres_server, **changes))
    assert result.reason is reason, result.message
    assert postgres_server.password not in f"{result}"
    assert "another password" not in f"{result}"


@pytest.mark.parametrize(
    "uri",
    [
        "postgresql://questioning:p?ss@{place}/{database}",
        "postgres://questioning:p%3Fss@{place}/{database}?application_name=x",
        "host={host} port={port} dbname={database} user=questioning password=p?ss",
        "host={host} port={port} user=questioning password=p?ss dbname={database}",
    ],
)
def test_every_form_of_a_uri_that_libpq_takes_is_tried_as_it_is(postgres_server, uri):
    server = postgres_server
    place = f"{server.host}:{server.port}"
    given = uri.format(place=place, host=server.host, port=server.port, database=server.database)
    result = probe_once(make_secret("postgres", fields={"uri": given}))
    assert result.reason is TestReason.OK, result.message
    wrong = probe_once(make_secret("postgres", fields={"uri": given.replace("ss@", "sz@").replace("?ss", "?sz")}))
    assert wrong.reason is TestReason.WRONG_CREDENTIALS, wrong.message


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, TestReason.OK),
        ({"password": "another password"}, TestReason.WRONG_CREDENTIALS),
        ({"port": "1"}, TestReason.UNREACHABLE),
        ({"ssl_mode": "required"}, TestReason.TLS),
        ({"database": "absent"}, TestReason.NOT_ALLOWED),
    ],
)
def test_what_mariadb_says_is_told_apart(mariadb_server, changes, reason):
    server = mariadb_server
    fields = {"host": server.host, "port": str(server.port), "user": server.user, "password": server.password}
    result = probe_once(make_secret("mysql", fields={**fields, "database": server.database, **changes}))
    assert result.reason is reason, result.message
    assert "another password" not in f"{result}"


@pytest.mark.parametrize(
    ("changes", "target", "reason"),
    [
        ({}, None, TestReason.OK),
        ({}, "s3://prod/events/orders.parquet", TestReason.OK),
        ({"secret": "another secret"}, None, TestReason.WRONG_CREDENTIALS),
        ({"secret": "another secret"}, "s3://prod/events/orders.parquet", TestReason.WRONG_CREDENTIALS),
        ({"key_id": "AKIANOBODY"}, None, TestReason.WRONG_CREDENTIALS),
        ({}, "s3://absent/*", TestReason.NOT_FOUND),
        ({"endpoint": "127.0.0.1:1"}, None, TestReason.UNREACHABLE),
        ({"use_ssl": "true"}, None, TestReason.TLS),
    ],
)
def test_what_an_object_store_says_is_told_apart(seaweedfs_server, changes, target, reason):
    server = seaweedfs_server
    fields = {
        "key_id": server.key_id,
        "secret": server.secret,
        "region": server.region,
        "endpoint": server.endpoint,
        "url_style": "path",
        "use_ssl": "false",
    }
    scopes = () if target else ("s3://prod/",)
    result = probe_once(make_secret("s3", fields=fields | changes, scopes=scopes), target)
    if running_version() < (1, 5, 0) and reason is TestReason.WRONG_CREDENTIALS:
        reason = TestReason.NOT_ALLOWED  # DuckDB 1.4 repeats the status, 403, and not the server's own word for it
    assert result.reason is reason, result.message
    assert server.secret not in f"{result}"


def test_reader_may_not_list_another_bucket(seaweedfs_server):
    server = seaweedfs_server
    fields = {
        "key_id": server.reader_key_id,
        "secret": server.reader_secret,
        "endpoint": server.endpoint,
        "url_style": "path",
        "use_ssl": "false",
    }
    result = probe_once(make_secret("s3", fields=fields), "s3://empty/*")
    assert result.reason is TestReason.NOT_ALLOWED, result


def test_ducklake_is_tested_through_the_secret_of_its_catalog(ducklake_in_postgres, postgres_server):
    for changes, reason in (({}, TestReason.OK), ({"password": "another password"}, TestReason.WRONG_CREDENTIALS)):
        catalog = postgres_secret(postgres_server, **changes)
        fields = {"catalog_secret": catalog.metadata.id, "catalog_type": "postgres"}
        fields["metadata_schema"] = ducklake_in_postgres.metadata_schema
        fields["data_path"] = str(ducklake_in_postgres.data_path)
        result = probe_once(make_secret("ducklake", fields=fields), references={"catalog_secret": catalog})
        assert result.reason is reason, result.message


def test_type_without_a_server_to_ask_is_only_created():
    result = probe_once(make_secret("aws"))
    assert result
    assert "shows only in use" in result.message


def test_missing_extension_is_named():
    result = probe_once(make_secret("s3"), "s3://bucket/*", command=running(WITHOUT_PACKAGES))
    assert result.reason is TestReason.EXTENSION_MISSING, result
    assert "httpfs" in result.message
    assert "pip install" in str(result.hint)


WITHOUT_PACKAGES = (
    "import sys, json; from pondpilot_secrets.injection import extensions; extensions.packaged = lambda name: None; "
    "from pondpilot_secrets.injection.probe_process import main; main()"
)


def running(program: str) -> list[str]:
    """The command of the process, with another program in it."""
    return [*probe.process_command()[:3], program]


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import sys; sys.stdin.read(1); raise SystemExit(3)"])
def test_process_that_dies_is_a_failed_test(program):
    result = probe_once(make_secret("s3"), "s3://bucket/*", command=running(program))
    assert result.reason is TestReason.OTHER
    assert "without an answer" in result.message


def test_nothing_is_left_behind(http_data_server, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    open_before = open_files()
    assert probe_once(http_secret(http_data_server.token), http_data_server.url)
    assert list(tmp_path.iterdir()) == []
    assert open_files() == open_before


def open_files() -> int:
    """How many descriptors this process has open, where the system says."""
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def test_no_value_is_part_of_the_command():
    assert probe.process_command()[1:3] == ["-P", "-c"]
    assert len(probe.process_command()) == 5


def test_modules_in_the_current_folder_are_not_imported(tmp_path, monkeypatch, http_data_server):
    (tmp_path / "duckdb.py").write_text("raise SystemExit('taken over')")
    monkeypatch.chdir(tmp_path)
    assert probe_once(http_secret(http_data_server.token), http_data_server.url)
