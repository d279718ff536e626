"""As much of the Iceberg REST catalog as DuckDB's extension asks for, with its OAuth2 token endpoint."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest, json_reply
from tests.services.process import serve_from_shell


class IcebergCatalogServer(LoopbackHTTPServer):
    """The warehouse `lake` with the namespace `shop` and its empty table `orders`.

    It asks for `token`, or for `issued_token`, which `oauth2_server_uri` gives for `client_id` and `client_secret`.
    """

    token = "iceberg-token-4b5c6d"
    wrong_token = "iceberg-token-000000"
    issued_token = "iceberg-issued-token-7e8f"
    client_id = "pond-client"
    client_secret = "cl1ent/secret+with=signs"
    scope = "PRINCIPAL_ROLE:ALL"
    warehouse = "lake"
    namespace = "shop"
    table = "orders"

    def start(self) -> None:
        super().start()
        self.endpoint = self.base_url
        self.oauth2_server_uri = f"{self.base_url}/v1/oauth/tokens"

    def answer(self, request: SeenRequest) -> Reply:
        if request.path == "/v1/oauth/tokens":
            return self._issue(request)
        if request.authorization not in {f"Bearer {self.token}", f"Bearer {self.issued_token}"}:
            return failure(401, "NotAuthorizedException", "Invalid token")
        if request.path == "/v1/config":
            if request.query.get("warehouse") != [self.warehouse]:
                return failure(404, "NotFoundException", "Warehouse does not exist")
            return json_reply({"defaults": {}, "overrides": {}})
        return self._catalog(request)

    def _catalog(self, request: SeenRequest) -> Reply:
        one = f"/v1/namespaces/{self.namespace}"
        if request.path == "/v1/namespaces":
            return json_reply({"namespaces": [[self.namespace]]})
        if request.path == one:
            return Reply(204) if request.method == "HEAD" else json_reply({"namespace": [self.namespace]})
        if request.path == f"{one}/tables":
            return json_reply({"identifiers": [{"namespace": [self.namespace], "name": self.table}]})
        if request.path == f"{one}/tables/{self.table}":
            return json_reply(empty_table())
        return failure(404, "NoSuchTableException", "Table does not exist")

    def _issue(self, request: SeenRequest) -> Reply:
        """Answer client_credentials, sent as Basic authorization or in the form (RFC 6749, 2.3.1)."""
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        pair = (form.get("client_id", ""), form.get("client_secret", ""))
        if (request.authorization or "").startswith("Basic "):
            text = base64.b64decode((request.authorization or "").removeprefix("Basic ")).decode()
            pair = (text.partition(":")[0], text.partition(":")[2])
        if form.get("grant_type") != "client_credentials" or pair != (self.client_id, self.client_secret):
            return json_reply({"error": "invalid_client", "error_description": "Unknown client"}, 401)
        return json_reply({"access_token": self.issued_token, "token_type": "bearer", "expires_in": 3600})

    def describe(self) -> str:
        client = f"client_id={self.client_id} client_secret={self.client_secret}"
        return f"iceberg: endpoint={self.endpoint} warehouse={self.warehouse} token={self.token}\n{client}"


def failure(status: int, kind: str, message: str) -> Reply:
    return json_reply({"error": {"message": message, "type": kind, "code": status}}, status)


def empty_table() -> dict[str, object]:
    """Give the metadata of a table that has columns and no snapshot, hence no rows and no files."""
    fields = [{"id": 1, "name": "id", "required": False, "type": "int"}]
    fields += [{"id": 2, "name": "customer", "required": False, "type": "string"}]
    return {
        "metadata-location": "file:///nonexistent/orders/metadata/00000.metadata.json",
        "metadata": {
            "format-version": 2,
            "table-uuid": "0d5f6e0e-0000-4000-8000-000000000001",
            "location": "file:///nonexistent/orders",
            "last-sequence-number": 0,
            "last-updated-ms": 1700000000000,
            "last-column-id": 2,
            "current-schema-id": 0,
            "schemas": [{"type": "struct", "schema-id": 0, "fields": fields}],
            "default-spec-id": 0,
            "partition-specs": [{"spec-id": 0, "fields": []}],
            "last-partition-id": 999,
            "default-sort-order-id": 0,
            "sort-orders": [{"order-id": 0, "fields": []}],
            "properties": {},
            "current-snapshot-id": -1,
            "snapshots": [],
            "snapshot-log": [],
            "metadata-log": [],
            "refs": {},
        },
        "config": {},
    }


if __name__ == "__main__":
    serve_from_shell(IcebergCatalogServer())
