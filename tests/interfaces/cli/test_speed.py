"""What the fast commands may not load, and that they are fast because of it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond

HEAVY = {
    "asyncio",
    "duckdb",
    "fastapi",
    "jeepney",
    "keyring",
    "numpy",
    "pandas",
    "pydantic",
    "rich",
    "starlette",
    "tomllib",
}


def imported(pond: Pond, *words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", PROGRAM, *words],
        capture_output=True,
        text=True,
        env=pond.environment(),
        check=True,
    )
    return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize(
    ("words", "also_not"),
    [
        (("--version",), {"click", "sqlite3", "dataclasses"}),
        (("ls",), {"cryptography", "rust_native_keyring", "platformdirs", "pondpilot_secrets.secret_types.base"}),
        (("reveal", "warehouse", "user"), {"platformdirs", "pondpilot_secrets.secret_types.base"}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_no_heavy_module_slips_in(warehouse: Pond, words: tuple[str, ...], also_not: set[str]) -> None:
    modules = imported(warehouse, *words)
    assert modules & (HEAVY | also_not) == set()
