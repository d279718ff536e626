"""A hostile web server: whatever credential it is sent or knows, it repeats all over its reply, written in odd ways.

The first word of a path names the way of writing, the second the status: `/html/403/anything`.
"""

from __future__ import annotations

import base64
import html
import json
import urllib.parse
from collections.abc import Callable

from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest

FORMS: dict[str, Callable[[str], str]] = {
    "plain": lambda text: text,
    "url": lambda text: urllib.parse.quote(text, safe=""),
    "url-lower": lambda text: urllib.parse.quote(text, safe="").lower(),
    "url-twice": lambda text: urllib.parse.quote(urllib.parse.quote(text, safe=""), safe=""),
    "form": urllib.parse.quote_plus,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64-url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64-inside": lambda text: base64.b64encode(b"x:" + text.encode() + b":yz").decode(),
    "base64-twice": lambda text: base64.b64encode(base64.b64encode(text.encode())).decode(),
    "hex": lambda text: text.encode().hex(),
    "html": html.escape,
    "html-numbers": lambda text: "".join(f"&#{ord(letter)};" for letter in text),
    "json": json.dumps,
    "json-twice": lambda text: json.dumps(json.dumps(text)),
    "escaped": lambda text: "".join(f"\\u{ord(letter):04x}" for letter in text),
    "repr": repr,
    "sql": lambda text: text.replace("'", "''"),
    "reversed": lambda text: text[::-1],
    "upper": str.upper,
    "lower": str.lower,
    "chunks": lambda text: "-".join(text[at : at + 6] for at in range(0, len(text), 6)),
    "spaced": " ".join,
    "lines": lambda text: "\n".join(text[at : at + 9] for at in range(0, len(text), 9)),
    "quoted-printable": lambda text: "".join(f"={byte:02X}" for byte in text.encode()),
    "cut": lambda text: text[3:-2],
}


class EchoingServer(LoopbackHTTPServer):
    """Refuses everybody, and repeats `knows` and all that it was sent; `form` and `status` are for paths that say none."""

    def __init__(self, *knows: str) -> None:
        super().__init__()
        self.knows = knows
        self.form = "plain"
        self.status = 403

    def answer(self, request: SeenRequest) -> Reply:
        words = request.path.strip("/").split("/")
        form = words[0] if words[0] in FORMS else self.form
        status = int(words[1]) if len(words) > 1 and words[1].isdecimal() else self.status
        write = FORMS[form]
        sent = [value for name, value in request.headers.items() if name not in ("host", "accept", "connection")]
        sent += [value for values in request.query.values() for value in values]
        sent += [request.body.decode("latin-1")] if request.body else []
        told = [write(text) for text in (*self.knows, *sent, *map(decoded_basic, sent))]
        return Reply(status, self._body(told), self._kind(request), self._headers(told), in_one_line(" ".join(told)))

    def _body(self, told: list[str]) -> bytes:
        message = "; ".join(told)
        return json.dumps(
            {
                "error": {"message": message, "type": message, "code": self.status},
                "message": message,
                "error_description": message,
                "error_code": message[:3000],
            },
            ensure_ascii=False,
        ).encode()

    def _kind(self, request: SeenRequest) -> str:
        return "application/json" if request.method != "GET" or request.authorization else "text/plain"

    def _headers(self, told: list[str]) -> dict[str, str]:
        one_line = in_one_line(" ".join(told))
        return {
            "WWW-Authenticate": f'Bearer realm="{one_line}"',
            "Set-Cookie": f"session={one_line}",
            "X-Told": one_line,
        }

    def describe(self) -> str:
        return f"echo: {self.base_url}/FORM/STATUS/… with FORM one of {', '.join(FORMS)}"


def decoded_basic(text: str) -> str:
    """What a Basic header holds, or nothing."""
    if not text.startswith("Basic "):
        return ""
    return base64.b64decode(text.removeprefix("Basic ")).decode("latin-1")


def in_one_line(text: str) -> str:
    """What a status line or header can hold."""
    return " ".join(text.split()).encode("latin-1", "replace").decode("latin-1")[:3000]
