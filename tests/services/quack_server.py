"""DuckDB's own client/server protocol: another process serves a database, and asks for a token."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from tests.services.duckdb_client import connect, extension_path
from tests.services.process import LOOPBACK, Service, free_port, port_answers, serve_from_shell

REPOSITORY = str(Path(__file__).parents[2])


class QuackServer(Service):
    """A DuckDB in a child process, with the table `orders` of three rows, open to whoever has the token."""

    host = LOOPBACK
    token = "quack-token-9f3b1c77e2"
    wrong_token = "quack-token-0000000000"
    rows = 3

    def start(self) -> None:
        extension_path("quack")
        self.port = free_port()
        self.uri = f"quack:{self.host}:{self.port}"
        folder = self.make_folder()
        program = f"import sys; sys.path.insert(0, {REPOSITORY!r}); import tests.services.quack_server as m; "
        server = self.spawn(
            [sys.executable, "-c", program + "m.serve(*sys.argv[1:])", self.uri, self.token],
            log=folder / "quack.log",
            stop_with=signal.SIGKILL,
        )
        server.wait_until(lambda: port_answers(self.port))

    def describe(self) -> str:
        return f"quack: ATTACH '{self.uri}' AS remote (TYPE quack, TOKEN '{self.token}')"


def serve(uri: str, token: str) -> None:
    """Serve a small database until the process ends."""
    con = connect("httpfs", "quack")
    con.execute("CREATE TABLE orders (id INTEGER, customer VARCHAR, amount DECIMAL(10, 2))")
    con.execute("INSERT INTO orders VALUES (1, 'ana', 12.50), (2, 'bo', 7.25), (3, 'chloé', 100.00)")
    con.execute("FROM quack_serve(?, token := ?)", [uri, token])
    threading.Event().wait()


if __name__ == "__main__":
    serve_from_shell(QuackServer())
