"""Skipping, by name, what the running DuckDB does not have: fields from the registry's own data, and extension packages.

There are no extension packages for DuckDB 2 yet. Everywhere else a missing package is a failure.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import duckdb
import pytest

from pondpilot_secrets.commands.duckdb_program import find_program
from pondpilot_secrets.injection.duckdb_support import running_version
from pondpilot_secrets.injection.extensions import packaged
from pondpilot_secrets.injection.install_hint import WITHOUT_PACKAGES
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.duckdb_versions import missing_kind, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Iterable

NEWEST = "1.5.5"
"""The newest DuckDB that all extension packages are tried with, and every field of the registry."""

WITHOUT = running_version() >= WITHOUT_PACKAGES


def skip_newer_fields(type_name: str, provider_name: str | None, fields: Iterable[str]) -> None:
    """Skip a test of a type, a provider or a field that came with a newer DuckDB than this one."""
    secret_type = registry.get(type_name)
    provider = secret_type.provider(provider_name)
    needed = missing_kind(secret_type, provider, running_version())
    if needed is not None:
        pytest.skip(f"DuckDB has {type_name} / {provider.name} since {needed}, this is {duckdb.__version__}")
    for field in unknown_fields(provider, fields, running_version()):
        pytest.skip(f"DuckDB has {type_name} / {provider.name} / {field.name} since {field.since}")


def skip_unpackaged(name: str) -> None:
    """Skip a test that needs an extension for which there is no package of this DuckDB."""
    if WITHOUT and packaged(name) is None:
        pytest.skip(f"there is no package of the extension {name} for DuckDB {duckdb.__version__}")


def extension_is_packaged(*names: str) -> pytest.MarkDecorator:
    """Mark a test that needs extensions."""
    missing = [name for name in names if WITHOUT and packaged(name) is None]
    reason = f"there is no package of the extension {', '.join(missing)} for DuckDB {duckdb.__version__}"
    return pytest.mark.skipif(bool(missing), reason=reason)


def _shell_is_missing() -> bool:
    """Whether no shell of this DuckDB is here. From 2 on there is no package of it; else CI=true makes that a failure."""
    program = find_program()
    if program is not None and program.fits:
        return False
    return WITHOUT or os.environ.get("CI", "").lower() != "true"


needs_shell = pytest.mark.skipif(_shell_is_missing(), reason=f"DuckDB's own shell {duckdb.__version__} is not here")
