"""A DuckDB release that adds or drops a type, a provider or a parameter fails here by name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, FieldKind, Provider, SecretType
from pondpilot_secrets.secret_types.duckdb_versions import missing_kind, parse_version, unknown_fields

# DuckDB's own short name of unity_catalog.
SECOND_NAMES = {"uc": "unity_catalog"}
# Made by the Iceberg extension for the keys that a catalog hands out; nobody creates one by hand.
INTERNAL_PROVIDERS = {"s3": {"iceberg"}, "r2": {"iceberg"}, "gcs": {"iceberg"}}
DUCKDB_TYPES = {
    FieldKind.BOOLEAN: "BOOLEAN",
    FieldKind.MAP: "MAP",
    FieldKind.HEADER_MAP: "MAP",
}
pytestmark = pytest.mark.slow  # DuckDB is asked for each parameter that there may be, which takes a minute
CASES = [(kind, provider) for kind in registry.all_types() for provider in kind.providers]


def accepted_names(provider: Provider) -> set[str]:
    return {name for field in provider.fields for name in (field.name, *field.aliases)}


@pytest.fixture(scope="session")
def running_duckdb(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    pytest.importorskip("duckdb", reason="duckdb is not installed")
    known = {name for _, provider in CASES for name in accepted_names(provider)}
    known |= {provider.name for _, provider in CASES}
    home = str(tmp_path_factory.mktemp("home"))
    answer = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("duckdb_parameters.py"))],
        input=json.dumps(sorted(known)),
        capture_output=True,
        text=True,
        check=True,
        timeout=110,
        env={**os.environ, "HOME": home, "USERPROFILE": home},
    )
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def parameters_of(running_duckdb: dict[str, Any], secret_type: SecretType, provider: Provider) -> dict[str, str]:
    version = parse_version(running_duckdb["version"])
    needed = missing_kind(secret_type, provider, version)
    if needed is not None:
        assert provider.name not in running_duckdb["types"].get(secret_type.duckdb_type, {})
        pytest.skip(f"DuckDB has {secret_type.name} / {provider.name} since {needed}")
    if secret_type.duckdb_type not in running_duckdb["types"]:
        reasons = {name: running_duckdb["missing"].get(name) for name in secret_type.extensions}
        message = f"DuckDB does not know the type {secret_type.name} here: {reasons}"
        if os.environ.get("CI") and secret_type.name != "motherduck" and version < (2, 0, 0):
            pytest.fail(message)
        pytest.skip(message)
    providers = running_duckdb["types"][secret_type.duckdb_type]
    assert provider.name in providers, f"DuckDB dropped the provider {provider.name} of {secret_type.name}"
    parameters: dict[str, str] = providers[provider.name]
    return parameters


def known_fields(running_duckdb: dict[str, Any], provider: Provider) -> list[Field]:
    """The parameters of ours that this DuckDB has, by what the registry says of its version."""
    newer = unknown_fields(
        provider, [field.name for field in provider.fields], parse_version(running_duckdb["version"])
    )
    return [field for field in provider.fields if field.parameter and field not in newer]


def by_name(case: object) -> str:
    return getattr(case, "name", "")


def test_every_secret_type_of_duckdb_is_in_the_registry(running_duckdb: dict[str, Any]) -> None:
    known = {secret_type.duckdb_type for secret_type in registry.all_types()}
    assert {SECOND_NAMES.get(name, name) for name in running_duckdb["types"]} - known == set()


@pytest.mark.parametrize("secret_type", registry.all_types(), ids=by_name)
def test_every_provider_of_duckdb_is_in_the_registry(running_duckdb: dict[str, Any], secret_type: SecretType) -> None:
    parameters_of(running_duckdb, secret_type, secret_type.providers[0])
    theirs = set(running_duckdb["types"][secret_type.duckdb_type])
    ours = {provider.name for provider in secret_type.providers}
    assert theirs - ours - INTERNAL_PROVIDERS.get(secret_type.name, set()) == set()


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_every_parameter_of_duckdb_is_a_field(
    running_duckdb: dict[str, Any], secret_type: SecretType, provider: Provider
) -> None:
    theirs = set(parameters_of(running_duckdb, secret_type, provider))
    assert theirs - accepted_names(provider) == set()


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_every_parameter_of_ours_is_known_to_duckdb(
    running_duckdb: dict[str, Any], secret_type: SecretType, provider: Provider
) -> None:
    theirs = set(parameters_of(running_duckdb, secret_type, provider))
    ours = {field.name for field in known_fields(running_duckdb, provider)}
    assert ours - theirs == set()


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_what_is_there_since_a_newer_duckdb_is_not_in_this_one(
    running_duckdb: dict[str, Any], secret_type: SecretType, provider: Provider
) -> None:
    theirs = set(parameters_of(running_duckdb, secret_type, provider))
    names = [field.name for field in provider.fields if field.parameter]
    newer = {field.name for field in unknown_fields(provider, names, parse_version(running_duckdb["version"]))}
    assert newer & theirs == set()


@pytest.mark.parametrize(("secret_type", "provider"), CASES, ids=by_name)
def test_kinds_fit_the_types_of_duckdb(
    running_duckdb: dict[str, Any], secret_type: SecretType, provider: Provider
) -> None:
    theirs = parameters_of(running_duckdb, secret_type, provider)
    for field in known_fields(running_duckdb, provider):
        if theirs[field.name] in ("BOOLEAN", "MAP"):
            assert DUCKDB_TYPES.get(field.kind) == theirs[field.name], field.name
        if theirs[field.name] == "INTEGER":
            assert field.kind in (FieldKind.INTEGER, FieldKind.PORT), field.name
        if field.kind in DUCKDB_TYPES:
            assert DUCKDB_TYPES[field.kind] == theirs[field.name], field.name


def test_the_search_finds_parameters_that_nobody_named(running_duckdb: dict[str, Any]) -> None:
    if not Path("/proc/self/mem").exists():
        pytest.skip("this system does not let a process read its own memory through a file")
    loaded = [case for case in CASES if case[0].duckdb_type in running_duckdb["types"]]
    ours = {field.name for _, provider in loaded for field in known_fields(running_duckdb, provider)}
    assert ours - set(running_duckdb["seen"]) == set()
