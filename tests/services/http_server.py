"""A web server that asks for a token and misbehaves on request, for the type http."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from tests.services.duckdb_client import connect
from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest
from tests.services.process import serve_from_shell

CSV = "id,customer,amount\n1,ana,12.50\n2,bo,7.25\n3,chloé,100.00\n".encode()


class HTTPDataServer(LoopbackHTTPServer):
    """Files for whoever has the token (Bearer or Basic), and paths that go wrong in each known way.

    `/data.csv`, `/data.parquet`: three rows, with the token · `/open.csv`: without one · `/header.csv`: with
    `X-Api-Key` · `/redirect/URL`: 302 to that URL · `/slow/SECONDS/…`: late · `/silent`: never answers ·
    `/status/CODE`: that status · `/echo`: 403 whose body repeats the Authorization header.
    """

    token = "http-token-51c0ffee"
    wrong_token = "http-token-00000000"
    user = "ana"
    password = "b:asic p@ss/wörd+="
    api_key = "api-key-77aa"
    rows = 3

    def start(self) -> None:
        self.files = {"/data.csv": CSV, "/data.parquet": parquet_file(), "/open.csv": CSV, "/header.csv": CSV}
        super().start()
        self.url = f"{self.base_url}/data.csv"
        self.parquet_url = f"{self.base_url}/data.parquet"

    @property
    def basic_header(self) -> str:
        return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()

    def answer(self, request: SeenRequest) -> Reply | None:
        word, _, rest = request.path.lstrip("/").partition("/")
        if word == "silent":
            return None
        if word == "slow":
            seconds, _, rest = rest.partition("/")
            self.stopping.wait(float(seconds))
            return self._file(request, f"/{rest}")
        if word == "redirect":
            return Reply(302, headers={"Location": rest})
        if word == "status":
            return Reply(int(rest), b"no", "text/plain")
        if word == "echo":
            return Reply(403, f"you sent {request.authorization}".encode(), "text/plain")
        return self._file(request, request.path)

    def _file(self, request: SeenRequest, path: str) -> Reply:
        if path not in self.files:
            return Reply(404, b"no such file", "text/plain")
        if not self._may(request, path):
            return Reply(401, b"token wanted", "text/plain", {"WWW-Authenticate": "Bearer"})
        return Reply(200, self.files[path])

    def _may(self, request: SeenRequest, path: str) -> bool:
        if path == "/open.csv":
            return True
        if path == "/header.csv":
            return request.headers.get("x-api-key") == self.api_key
        return request.authorization in {f"Bearer {self.token}", self.basic_header}

    def describe(self) -> str:
        return f"http: curl -H 'Authorization: Bearer {self.token}' {self.url}"


def parquet_file() -> bytes:
    """Give the three rows as a Parquet file."""
    with tempfile.TemporaryDirectory() as folder, connect() as con:
        path = Path(folder) / "data.parquet"
        con.execute(
            "COPY (FROM (VALUES (1, 'ana', 12.50), (2, 'bo', 7.25), (3, 'chloé', 100.00)) t(id, customer, amount)) "
            f"TO '{path}' (FORMAT parquet)"
        )
        return path.read_bytes()


if __name__ == "__main__":
    serve_from_shell(HTTPDataServer())
