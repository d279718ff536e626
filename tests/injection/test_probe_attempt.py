"""One connection test, carried out in this process: what it says, and when the server is first asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.injection import probe_attempt
from pondpilot_secrets.injection.probe_request import ProbeRequest
from pondpilot_secrets.models import TestReason, TestResult
from tests.injection.helpers import make_secret
from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.models import SecretCredentials


class TokenServer(LoopbackHTTPServer):
    """A file for those who send the token; a status of its path's name for the others."""

    def answer(self, request: SeenRequest) -> Reply:
        if request.authorization == "Bearer the-right-token":
            return Reply(200, b"data", "text/plain")
        return Reply(int(request.path.rpartition("/")[2] or 401), b"")


def attempt(
    secret: SecretCredentials, target: str | None = None, references: Sequence[SecretCredentials] = ()
) -> TestResult:
    return probe_attempt.run(ProbeRequest(secret, references, target, 5.0, offline=True), lambda: None)


def bearer(token: str, *scopes: str) -> SecretCredentials:
    return make_secret("http", fields={"bearer_token": token}, scopes=scopes)


def test_the_server_is_asked_only_after_all_is_loaded() -> None:
    asked_before: list[int] = []
    with TokenServer() as server:
        request = ProbeRequest(bearer("the-right-token"), (), f"{server.base_url}/401", 5.0, offline=True)
        result = probe_attempt.run(request, lambda: asked_before.append(len(server.requests)))
        assert result.ok, result
        assert asked_before == [0]
        assert len(server.requests) > 0
    assert (result.reason, result.message, result.hint) == (TestReason.OK, "it works", None)
    assert result.target == request.target
    assert result.elapsed > 0


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, TestReason.WRONG_CREDENTIALS),
        (403, TestReason.NOT_ALLOWED),
        (404, TestReason.NOT_FOUND),
        (429, TestReason.RATE_LIMITED),
        (503, TestReason.SERVER_ERROR),
    ],
)
def test_the_status_that_the_error_loses_is_read_from_the_log(status: int, reason: TestReason) -> None:
    with TokenServer() as server:
        result = attempt(bearer("a-wrong-token"), f"{server.base_url}/{status}")
    assert (result.ok, result.reason) == (False, reason), result
    assert "a-wrong-token" not in f"{result}"


def test_a_target_outside_of_the_scope_is_refused_before_anybody_is_asked() -> None:
    with TokenServer() as server:
        result = attempt(bearer("the-right-token", "https://api.example.com/"), f"{server.base_url}/200")
        assert server.requests == []
    assert result.reason is TestReason.NO_TARGET
    assert "https://api.example.com/" in str(result.hint)


def test_a_secret_without_a_server_is_only_created() -> None:
    result = attempt(make_secret("aws"))
    assert result.ok
    assert "shows only in use" in result.message


def test_what_duckdb_refuses_is_told_without_a_value() -> None:
    secret = make_secret("http", fields={"bearer_token": "marker-token", "verify_ssl": "marker-truth"})
    result = attempt(secret, "http://127.0.0.1:1/x")
    assert (result.ok, result.reason) == (False, TestReason.OTHER), result
    assert "marker-token" not in f"{result}"


@pytest.mark.slow
def test_a_limit_for_connecting_ends_the_wait_for_each_form_of_a_postgres_secret() -> None:
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        for fields in (
            {"host": "127.0.0.1", "port": str(port), "password": "secret-word", "connect_timeout": "600"},
            {"uri": f"postgresql://u:secret-word@127.0.0.1:{port}/d"},
            {"uri": f"postgresql://u:secret-word@127.0.0.1:{port}/d?connect_timeout=600"},
            {"uri": f"host=127.0.0.1 port={port} password=secret-word connect_timeout=600"},
        ):
            request = ProbeRequest(make_secret("postgres", fields=fields), (), None, 2.5, offline=True)
            result = probe_attempt.run(request, lambda: None)
            assert result.reason is TestReason.TIMEOUT, result
            assert "secret-word" not in f"{result}"


def test_a_ducklake_is_opened_through_the_secret_that_it_refers_to() -> None:
    catalog = make_secret(
        "postgres", "catalog", {"host": "127.0.0.1", "port": "1", "user": "u", "password": "secret-word"}
    )
    fields = {"catalog_secret": "CATALOG", "catalog_type": "postgres", "data_path": "/nowhere"}
    result = attempt(make_secret("ducklake", fields=fields), references=[catalog])
    assert result.reason is TestReason.UNREACHABLE, result  # the catalog's server was asked for
    assert "secret-word" not in f"{result}"
