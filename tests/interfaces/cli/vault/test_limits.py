"""`pond vault limits`: shown, changed and kept."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_limits_are_shown_changed_and_kept(warehouse: Pond) -> None:
    assert "60 a minute" in warehouse.ok("vault", "limits").out
    assert "2 an hour" in warehouse.ok("vault", "limits", "--reveal-each", "2/hour").out
    for _ in range(2):
        warehouse.ok("reveal", "warehouse", "user")
    refused = warehouse("reveal", "warehouse", "user", "--json")
    assert refused.status == 16
    assert refused.out == ""
    assert refused.error()["code"] == 1007
    warehouse.ok("vault", "limits", "--reveal-each", "default")
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
    assert warehouse("vault", "limits", "--reveal-each", "lots").status == 31
