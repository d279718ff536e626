"""A plain DuckDB with packaged extensions, to fill the servers and to prove that they answer."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb

from tests.services.process import ServiceMissingError


def extension_path(name: str) -> Path:
    """Give the file of an extension that came as a Python package, so that nothing is fetched."""
    spec = find_spec(f"duckdb_extension_{name}")
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    for folder in folders:
        found = sorted(Path(folder).glob(f"extensions/v{duckdb.__version__}/*.duckdb_extension"))
        if found:
            return found[0]
    raise ServiceMissingError(f"the Python package duckdb-extension-{name.replace('_', '-')} is not installed")


def connect(*extensions: str, database: str = ":memory:", **settings: Any) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB that knows these extensions, keeps no persistent secrets and gives up quickly."""
    config = {"autoinstall_known_extensions": False, "autoload_known_extensions": False} | settings
    connection = duckdb.connect(database, config=config)
    connection.execute("SET allow_persistent_secrets = false")
    for name in extensions:
        connection.execute(f"LOAD '{extension_path(name)}'")
    if "httpfs" in extensions:
        connection.execute("SET http_retries = 0")
        connection.execute("SET http_timeout = 5")
    return connection
