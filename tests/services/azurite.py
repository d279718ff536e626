"""Azurite, Microsoft's own emulator of Azure Blob Storage: it checks the account key's signature."""

from __future__ import annotations

import base64
import hmac
import os
import signal
import urllib.request
from email.utils import formatdate
from pathlib import Path

from tests.services.duckdb_client import connect
from tests.services.process import LOOPBACK, Service, find_program, free_port, port_answers, serve_from_shell

PACKAGE = "the npm package azurite"
OPTIONS = ("--skipApiVersionCheck", "--inMemoryPersistence", "--disableTelemetry", "--silent")
NODE_PROGRAMS = Path(__file__).parents[2] / ".services" / "node_modules" / ".bin"


class AzuriteServer(Service):
    """Blob storage in memory with one account, the container `prod` and `orders.csv` of three rows in it."""

    host = LOOPBACK
    account_name = "pondaccount"
    account_key = base64.b64encode(b"not a real key, only for tests").decode()
    wrong_account_key = base64.b64encode(b"another key of the right shape").decode()
    container = "prod"
    url = "az://prod/orders.csv"
    rows = 3

    def start(self) -> None:
        azurite = find_program("azurite-blob", PACKAGE, NODE_PROGRAMS)
        find_program("node", "the Debian package nodejs")
        folder = self.make_folder()
        self.port = free_port()
        self.blob_endpoint = f"http://{self.host}:{self.port}/{self.account_name}"
        server = self.spawn(
            [azurite, *OPTIONS, "--blobHost", self.host, "--blobPort", str(self.port)],
            log=folder / "azurite.log",
            stop_with=signal.SIGKILL,
            environment={
                "PATH": os.environ.get("PATH", ""),
                "HOME": str(folder),
                "AZURITE_ACCOUNTS": f"{self.account_name}:{self.account_key}",
            },
        )
        server.wait_until(lambda: port_answers(self.port))
        self._fill()

    def connection_string(self, account_key: str | None = None) -> str:
        """Give the connection string that DuckDB needs here, with the right account key or another."""
        return (
            f"DefaultEndpointsProtocol=http;AccountName={self.account_name};"
            f"AccountKey={account_key or self.account_key};BlobEndpoint={self.blob_endpoint};"
        )

    def _make_container(self) -> None:
        """Send `Create Container`, signed as Microsoft's page "Authorize with Shared Key" says."""
        headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
        signed_headers = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
        # The account stands twice: once as the account, once as the first part of the emulator's path.
        resource = f"/{self.account_name}/{self.account_name}/{self.container}\nrestype:container"
        text = "PUT" + "\n" * 12 + signed_headers + resource
        key = base64.b64decode(self.account_key)
        signature = base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()
        headers["Authorization"] = f"SharedKey {self.account_name}:{signature}"
        url = f"{self.blob_endpoint}/{self.container}?restype=container"
        urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers), timeout=5).close()

    def _fill(self) -> None:
        """Make the container by a signed request, which DuckDB cannot, and let DuckDB write the file."""
        self._make_container()
        with connect("azure") as con:
            con.execute("CREATE TEMPORARY SECRET filler (TYPE azure, CONNECTION_STRING ?)", [self.connection_string()])
            rows = "FROM (VALUES (1, 'ana', 12.50), (2, 'bo', 7.25), (3, 'chloé', 100.00)) t(id, customer, amount)"
            con.execute(f"COPY ({rows}) TO '{self.url}' (FORMAT csv, HEADER)")

    def describe(self) -> str:
        return f"azurite: {self.url}\n{self.connection_string()}"


if __name__ == "__main__":
    serve_from_shell(AzuriteServer())
