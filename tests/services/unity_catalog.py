"""As much of Unity Catalog's REST interface as DuckDB's extension asks for: attach, list schemas and tables."""

from __future__ import annotations

from tests.services.loopback_http import LoopbackHTTPServer, Reply, SeenRequest, json_reply
from tests.services.process import serve_from_shell

REFUSED = {"error_code": "UNAUTHENTICATED", "message": "Invalid access token."}
COLUMN = {
    "name": "id",
    "type_text": "int",
    "type_name": "INT",
    "type_precision": 0,
    "type_scale": 0,
    "type_json": '{"name":"id","type":"integer","nullable":true,"metadata":{}}',
    "position": 0,
    "nullable": True,
}


class UnityCatalogServer(LoopbackHTTPServer):
    """The catalog `lake` with the schema `shop` and the table `orders`, for whoever has the token."""

    token = "dapi-unity-token-1f2e3d"
    wrong_token = "dapi-unity-token-000000"
    catalog = "lake"
    schema = "shop"
    table = "orders"
    region = "eu-west-1"

    def answer(self, request: SeenRequest) -> Reply:
        if request.authorization != f"Bearer {self.token}":
            return json_reply(REFUSED, 401)
        if request.path == "/api/2.0/settings/types/default_namespace_ws/names/default":
            return json_reply({"namespace": {"value": self.catalog}})
        if request.query.get("catalog_name") != [self.catalog]:
            return json_reply({"error_code": "CATALOG_DOES_NOT_EXIST", "message": "Catalog does not exist."}, 404)
        if request.path.endswith("/schemas"):
            return json_reply({"schemas": [{"name": self.schema, "catalog_name": self.catalog}]})
        if request.path.endswith("/tables"):
            return json_reply({"tables": [self._table()]})
        return json_reply({"error_code": "NOT_FOUND", "message": "No such path."}, 404)

    def _table(self) -> dict[str, object]:
        return {
            "name": self.table,
            "catalog_name": self.catalog,
            "schema_name": self.schema,
            "table_type": "EXTERNAL",
            "data_source_format": "DELTA",
            "storage_location": "file:///nonexistent/orders",
            "table_id": "7d6f0f0e-0000-0000-0000-000000000001",
            "columns": [COLUMN],
        }

    def describe(self) -> str:
        return f"unity catalog: endpoint={self.base_url} token={self.token} catalog={self.catalog}"


if __name__ == "__main__":
    serve_from_shell(UnityCatalogServer())
