"""What to type so that DuckDB has the extensions that it lacks.

Each extension package requires the DuckDB of its own version, so the hint names the DuckDB that is here: without that, pip
would bring the newest packages and replace it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.injection.duckdb_support import running_version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.secret_types.duckdb_versions import Version

_EXTRAS = {
    "httpfs": "http",
    "aws": "s3",
    "postgres_scanner": "postgres",
    "mysql_scanner": "mysql",
    "sqlite_scanner": "sqlite",
    "avro": "iceberg",
    "unity_catalog": "unity-catalog",
    **{name: name for name in ("azure", "ducklake", "iceberg", "motherduck", "quack")},
}
"""The extra of this project that brings an extension."""

WITHOUT_PACKAGES: Version = (2, 0, 0)
"""The first DuckDB that no extension packages are published for."""


def install_hint(names: Iterable[str], version: Version | None = None) -> str:
    """Return the command that brings these extensions, for the DuckDB of a version, the running one when None."""
    version = running_version() if version is None else version
    extras = ",".join(sorted({_EXTRAS.get(name, "extensions") for name in names})) or "extensions"
    if version >= WITHOUT_PACKAGES:
        return (
            f"no Python package brings it to DuckDB {version[0]} yet; "
            f"`pip install 'pondpilot-secrets[{extras}]'` brings it with DuckDB 1.5"
        )
    return f"`pip install 'pondpilot-secrets[{extras}]' 'duckdb=={version[0]}.{version[1]}.*'` brings it"
