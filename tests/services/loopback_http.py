"""A threaded HTTP server on loopback that remembers what it was asked; the web-like servers are built on it."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.services.process import LOOPBACK, Service

if TYPE_CHECKING:
    import ssl


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """What one request said; header names are in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def authorization(self) -> str | None:
        return self.headers.get("authorization")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answers; a file is cut to the range that was asked for."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    reason: str | None = None


def json_reply(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value, separators=(",", ":")).encode(), "application/json")


class LoopbackHTTPServer(Service):
    """A server whose `answer` decides each reply; `requests` lists all that was asked, oldest first."""

    host = LOOPBACK
    tls: ssl.SSLContext | None = None

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[SeenRequest] = []
        self.stopping = threading.Event()

    def answer(self, request: SeenRequest) -> Reply | None:
        """Give the reply, or None to never answer at all."""
        raise NotImplementedError

    def forget_requests(self) -> None:
        self.requests.clear()

    @property
    def authorizations_seen(self) -> list[str | None]:
        """The Authorization header of each request, None where there was none."""
        return [request.authorization for request in self.requests]

    def start(self) -> None:
        server = _Server((self.host, 0), _Handler)
        server.owner = self
        if self.tls is not None:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = server.server_port
        scheme = "https" if self.tls else "http"
        self.base_url = f"{scheme}://{self.host}:{self.port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        self.resources.callback(thread.join, 5)
        self.resources.callback(server.server_close)
        self.resources.callback(server.shutdown)
        self.resources.callback(self.stopping.set)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    owner: LoopbackHTTPServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients that hang up are part of the tests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Header and body in one packet: apart, the client's delayed acknowledgement costs 40 ms a request.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: _Server

    def _handle(self) -> None:
        owner = self.server.owner
        address = urlsplit(self.path)
        request = SeenRequest(
            self.command,
            address.path,
            parse_qs(address.query),
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(self.headers.get("Content-Length") or 0)),
        )
        owner.requests.append(request)
        reply = owner.answer(request)
        if reply is None:
            owner.stopping.wait(60)
            self.close_connection = True
            return
        self._send(cut_to_range(reply, request.headers.get("range")))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status, reply.reason)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: `requests` remembers."""


def cut_to_range(reply: Reply, asked: str | None) -> Reply:
    """Give the part of a file that a `Range: bytes=a-b` header asks for."""
    if reply.status != 200 or reply.content_type == "application/json":
        return reply
    whole = {"Accept-Ranges": "bytes", **reply.headers}
    if asked is None or not asked.startswith("bytes="):
        return Reply(200, reply.body, reply.content_type, whole)
    first_text, _, last_text = asked.removeprefix("bytes=").partition("-")
    size = len(reply.body)
    first = int(first_text) if first_text else max(0, size - int(last_text))
    last = min(int(last_text), size - 1) if first_text and last_text else size - 1
    whole["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Reply(206, reply.body[first : last + 1], reply.content_type, whole)


def relay(one: socket.socket, other: socket.socket) -> None:
    """Copy bytes from one socket to another until either ends."""
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for end in (one, other):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
