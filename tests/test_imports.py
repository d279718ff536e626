"""Start-up stays fast: what is imported for the common commands, and what `import pondpilot_secrets` costs."""

from __future__ import annotations

import os
import subprocess
import sys
import time

HEAVY = {
    "click", "cryptography", "dataclasses", "duckdb", "hvac", "jeepney", "json", "keyring", "logging", "pathlib",
    "platformdirs", "pydantic", "rich", "rust_native_keyring", "secretstorage", "sqlite3", "starlette", "typing",
}  # fmt: skip


def imported_modules(statement: str) -> set[str]:
    """The modules that a statement brings in over a bare start."""
    script = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(child.stdout.split())


def imported_by(statement: str) -> set[str]:
    """The top-level modules that a statement brings in over a bare start."""
    return {module.partition(".")[0] for module in imported_modules(statement)}


def test_importing_the_package_brings_in_no_heavy_module() -> None:
    assert imported_by("import pondpilot_secrets") & HEAVY == set()


def test_opening_a_vault_does_not_load_duckdb_or_a_keychain(tmp_path) -> None:
    statement = (
        f"from pondpilot_secrets import SecretsManager; SecretsManager.open({str(tmp_path / 'vault')!r}).list_secrets()"
    )
    too_early = {"click", "cryptography", "duckdb", "jeepney", "keyring", "platformdirs", "rich", "rust_native_keyring"}
    assert imported_by(statement) & too_early == set()


def seconds_to_import(module: str) -> float:
    """The best of several whole processes, over a bare start of Python."""
    return min(_seconds(f"import {module}") for _ in range(7)) - min(_seconds("pass") for _ in range(7))


def _seconds(statement: str) -> float:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
    return time.perf_counter() - start


def test_importing_the_package_takes_at_most_half_of_importing_keyring() -> None:
    assert seconds_to_import("pondpilot_secrets") <= 0.5 * seconds_to_import("keyring")
