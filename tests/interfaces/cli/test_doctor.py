"""`pond doctor`: a line for each check, and what to do about it."""

from __future__ import annotations

from tests.duckdb_versions import extension_is_packaged
from tests.interfaces.cli.pond import Pond

pytestmark = extension_is_packaged(
    "postgres_scanner"
)  # which the vault's secret needs, so that without it doctor says so


def test_every_check_has_a_line_and_a_vault_in_order_is_a_success(warehouse: Pond) -> None:
    lines = warehouse.ok("doctor").out.splitlines()
    assert all(line.split()[0] in ("ok", "warning", "→") for line in lines)
    assert any(line.startswith("ok") and "1 secrets, nothing damaged" in line for line in lines)


def test_what_is_broken_has_its_hint_below_and_the_status_says_so(warehouse: Pond) -> None:
    (warehouse.folder / "pond.key").chmod(0o644)
    ended = warehouse("doctor")
    assert ended.status == 1
    lines = ended.out.splitlines()
    (number,) = [number for number, line in enumerate(lines) if line.startswith("broken")]
    assert "others can read" in lines[number]
    assert lines[number + 1].strip().startswith("→ chmod 600")


def test_json_has_every_check(warehouse: Pond) -> None:
    found = warehouse.ok("doctor", "--json").json()
    assert found["ok"] is True
    assert {"subject", "health", "message", "hint"} == set(found["checks"][0])
