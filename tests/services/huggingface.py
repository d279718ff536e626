"""Hugging Face as DuckDB's `hf://` sees it: a TLS server behind a CONNECT proxy, with a test authority.

DuckDB goes to https://huggingface.co and nowhere else; its `http_proxy` setting leads it here. The proxy records which
host each connection was for, so a test can prove where a token went.
"""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.services.certificates import server_context
from tests.services.http_server import CSV
from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest, json_reply, relay
from tests.services.process import serve_from_shell

if TYPE_CHECKING:
    import duckdb

SITE = "huggingface.co"
# Where the site sends a client for large files; a token must not follow.
STORE = "cdn-lfs.hf.co"


class HuggingFaceServer(LoopbackHTTPServer):
    """The private data set `ana/shop` with `orders.csv`, and `large.csv`, which redirects to another host."""

    token = "hf_test0token0for0ponds"
    wrong_token = "hf_wrong0token0for0ponds"
    url = "hf://datasets/ana/shop/orders.csv"
    glob_url = "hf://datasets/ana/shop/*rs.csv"
    redirected_url = "hf://datasets/ana/shop/large.csv"
    rows = 3

    def __init__(self) -> None:
        super().__init__()
        self.connections: list[tuple[str, dict[str, str]]] = []

    def start(self) -> None:
        self.tls, self.ca_cert_file = server_context(self.make_folder(), [SITE, STORE])
        super().start()
        proxy = _Proxy((self.host, 0), _ConnectHandler)
        proxy.owner = self
        self.proxy = f"{self.host}:{proxy.server_port}"
        thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.resources.callback(proxy.server_close)
        self.resources.callback(proxy.shutdown)

    @property
    def settings(self) -> dict[str, str]:
        """The DuckDB settings that lead here and trust our authority."""
        return {"http_proxy": self.proxy, "ca_cert_file": str(self.ca_cert_file)}

    def lead(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Point a DuckDB that has httpfs loaded at this server."""
        for name, value in self.settings.items():
            connection.execute(f"SET {name} = '{value}'")

    def hosts_with_token(self) -> set[str]:
        """The hosts that were sent the right token, by the Host header inside TLS."""
        return {r.headers.get("host", "") for r in self.requests if r.authorization == f"Bearer {self.token}"}

    def answer(self, request: SeenRequest) -> Reply:
        if request.headers.get("host", "").startswith(STORE):
            return Reply(200, CSV)
        if request.authorization != f"Bearer {self.token}":
            return json_reply({"error": "Invalid username or password."}, 401)
        if request.path == "/api/datasets/ana/shop/tree/main":
            names = ("large.csv", "orders.csv")
            return json_reply([{"type": "file", "oid": "0" * 40, "size": len(CSV), "path": name} for name in names])
        if request.path == "/datasets/ana/shop/resolve/main/orders.csv":
            return Reply(200, CSV)
        if request.path == "/datasets/ana/shop/resolve/main/large.csv":
            return Reply(302, headers={"Location": f"https://{STORE}/large.csv"})
        return json_reply({"error": "Entry not found"}, 404)

    def describe(self) -> str:
        lines = [f"SET {name} = '{value}';" for name, value in self.settings.items()]
        return "\n".join([*lines, f"CREATE SECRET (TYPE huggingface, TOKEN '{self.token}'); FROM '{self.url}';"])


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: HuggingFaceServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


class _ConnectHandler(BaseHTTPRequestHandler):
    server: _Proxy

    def do_CONNECT(self) -> None:
        """Open the tunnel to our own server, whatever host was asked for."""
        owner = self.server.owner
        owner.connections.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.close_connection = True
        with socket.create_connection((owner.host, owner.port), timeout=30) as inside:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=relay, args=(inside, self.connection), daemon=True)
            back.start()
            relay(self.connection, inside)
            back.join(5)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: `connections` remembers."""


if __name__ == "__main__":
    serve_from_shell(HuggingFaceServer())
