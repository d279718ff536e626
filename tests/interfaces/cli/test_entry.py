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


def test_the_version_is_said_without_a_parser(pond: Pond) -> None:
    from pondpilot_secrets._version import __version__

    assert pond.ok("--version").out == pond.ok("-V").out == f"pond {__version__}\n"
    assert pond.ok("--version", "--json").out == f"pond {__version__}\n"


def test_a_stream_that_the_caller_closed_is_no_place_for_a_vaults_file(warehouse: Pond) -> None:
    script = f'exec "{PROGRAM}" reveal warehouse password >&- 2>&- <&-'
    ended = subprocess.run(["sh", "-c", script], env=warehouse.environment(), check=False, capture_output=True)
    assert ended.stdout + ended.stderr == b""
    assert warehouse.ok("reveal", "warehouse", "password").out == "pass marker-word"
