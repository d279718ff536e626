"""`pond rotate`: new values are kept only if they work."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond
from tests.services.http_server import HTTPDataServer


def test_rotate_keeps_only_what_works(pond: Pond, http_data_server: HTTPDataServer) -> None:
    pond.ok("add", "http", "api", "token=@-", "--scope", f"{http_data_server.base_url}/", stdin="old-marker")
    target = ("--target", http_data_server.url)
    refused = pond("rotate", "api", "token=@-", *target, stdin="wrong-marker")
    assert refused.status == 34
    assert "marker" not in refused.err
    assert "the old one stays" in refused.err
    assert pond.ok("reveal", "api", "token").out == "old-marker"
    pond.ok("rotate", "api", "token=@-", *target, stdin=http_data_server.token)
    assert pond.ok("reveal", "api", "token").out == http_data_server.token


def test_rotate_asks_for_every_sensitive_value(warehouse: Pond) -> None:
    terminal = warehouse.terminal("rotate", "warehouse", "--no-test")
    terminal.wait_for("password").type("brand new marker\r")
    assert terminal.end() == 0
    assert "marker" not in terminal.screen
    assert warehouse.ok("reveal", "warehouse", "password").out == "brand new marker"
