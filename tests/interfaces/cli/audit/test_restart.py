"""`pond audit restart`: a new log, and the reason in it."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_the_reason_is_recorded_and_what_was_before_is_kept(warehouse: Pond) -> None:
    found = warehouse.ok("audit", "restart", "--reason", "a test", "--json").json()
    assert (found["ok"], found["earlier_rows"]) == (True, 1)
    records = warehouse.ok("audit", "ls", "--json").json()["records"]
    assert "a test" in records[0]["detail"]
    assert records[-1]["action"] == "save"


def test_a_reason_is_needed(warehouse: Pond) -> None:
    assert warehouse("audit", "restart").status == 2
    assert (
        warehouse.ok("audit", "restart", "--reason", "x").err
        == "a new log is started; what was recorded before is kept\n"
    )
