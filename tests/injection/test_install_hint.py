"""What a hint says to type: the extra that brings an extension, beside the DuckDB that is here."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pondpilot_secrets.injection.extensions import canonical
from pondpilot_secrets.injection.install_hint import install_hint
from pondpilot_secrets.secret_types import registry

PROJECT = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
NEEDED = sorted({canonical(name) for secret_type in registry.all_types() for name in secret_type.extensions})


def distributions(extra: str) -> set[str]:
    """The packages that an extra brings, those of the extras that it names included."""
    found = set()
    for requirement in EXTRAS[extra]:
        name, bracket, others = requirement.partition("[")
        if name == "pondpilot-secrets" and bracket:
            for other in others.rstrip("]").split(","):
                found |= distributions(other)
        else:
            found.add(requirement.split(">=")[0].split("==")[0])
    return found


def test_the_duckdb_that_is_here_is_kept() -> None:
    hint = install_hint(["httpfs", "postgres_scanner"], (1, 4, 4))
    assert hint == "`pip install 'pondpilot-secrets[http,postgres]' 'duckdb==1.4.*'` brings it"


def test_without_packages_the_hint_says_so() -> None:
    hint = install_hint(["httpfs"], (2, 0, 1))
    assert hint.startswith("no Python package brings it to DuckDB 2 yet")
    assert "DuckDB 1.5" in hint


@pytest.mark.parametrize("name", NEEDED)
def test_the_extra_that_is_named_brings_the_extension(name: str) -> None:
    extra = install_hint([name], (1, 5, 5)).partition("[")[2].partition("]")[0]
    assert f"duckdb-extension-{name.replace('_', '-')}" in distributions(extra)


def test_an_unknown_extension_is_looked_for_among_all() -> None:
    assert "[extensions]" in install_hint(["spatial"], (1, 5, 5))
    assert "[extensions]" in install_hint([], (1, 5, 5))
