"""`pond audit ls`: who did what, and how it ended."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_what_was_done_is_listed_with_who_did_it_and_how_it_ended(warehouse: Pond) -> None:
    warehouse.ok("reveal", "warehouse", "password")
    records = warehouse.ok("audit", "ls", "--json").json()["records"]
    assert [(record["action"], record["outcome"]) for record in records] == [("reveal", "ok"), ("save", "ok")]
    assert {record["interface"] for record in records} == {"cli"}
    assert "warehouse" in warehouse.ok("audit", "ls", "warehouse").out
    assert warehouse.ok("audit", "ls", "--since", "2999-01-01").out == ""
    assert warehouse("audit", "ls", "--since", "yesterday").status == 2
