"""A DuckLake of one table, its catalog in an SQLite file or in PostgreSQL, its data in a temporary folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.services.duckdb_client import connect
from tests.services.process import Service, serve_from_shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.services.postgres import PostgresServer

EXTENSIONS = ("sqlite_scanner", "ducklake")


class DuckLakeInSQLite(Service):
    """A lake that needs no server: `metadata_path` and `data_path` name its parts, `orders` has three rows."""

    rows = 3

    def start(self) -> None:
        self.folder: Path = self.make_folder()
        self.catalog_file = self.folder / "catalog.sqlite"
        self.data_path = f"{self.folder}/data/"
        self.metadata_path = f"sqlite:{self.catalog_file}"
        with connect(*EXTENSIONS) as con:
            con.execute(
                "CREATE TEMPORARY SECRET filler (TYPE ducklake, METADATA_PATH ?, DATA_PATH ?)",
                [self.metadata_path, self.data_path],
            )
            con.execute("ATTACH 'ducklake:filler' AS lake")
            con.execute("CREATE TABLE lake.orders AS FROM (VALUES (1, 'ana'), (2, 'bo'), (3, 'chloé')) t(id, customer)")

    def describe(self) -> str:
        return f"ducklake: metadata_path={self.metadata_path} data_path={self.data_path}"


class DuckLakeInPostgres(Service):
    """A lake whose catalog lies in a PostgreSQL database, in its own schema; reading it needs a postgres secret too."""

    rows = 3
    metadata_schema = "lake_catalog"

    def __init__(self, postgres: PostgresServer) -> None:
        super().__init__()
        self.postgres = postgres

    def start(self) -> None:
        self.data_path = f"{self.make_folder()}/data/"
        server = self.postgres
        with connect("postgres_scanner", "ducklake") as con:
            con.execute(
                "CREATE TEMPORARY SECRET catalog (TYPE postgres, HOST ?, PORT ?, DATABASE ?, USER ?, PASSWORD ?)",
                [server.host, str(server.port), server.database, server.user, server.password],
            )
            con.execute(
                "CREATE TEMPORARY SECRET filler (TYPE ducklake, METADATA_PATH '', DATA_PATH ?, METADATA_SCHEMA ?, "
                "METADATA_PARAMETERS ?)",
                [self.data_path, self.metadata_schema, {"TYPE": "postgres", "SECRET": "catalog"}],
            )
            con.execute("ATTACH 'ducklake:filler' AS lake")
            con.execute("CREATE TABLE lake.orders AS FROM (VALUES (1, 'ana'), (2, 'bo'), (3, 'chloé')) t(id, customer)")


if __name__ == "__main__":
    serve_from_shell(DuckLakeInSQLite())
