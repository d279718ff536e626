"""`pond vault presence`: shown, changed and kept."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_the_mode_and_the_grace_are_shown_changed_and_kept(warehouse: Pond) -> None:
    assert "presence" in warehouse.ok("vault", "presence", "off").out
    found = warehouse.ok("vault", "presence", "--grace", "90", "--json").json()
    assert (found["mode"], found["grace"], found["asked"]) == ("off", 90.0, None)
    assert {"name", "available", "description", "reason", "hint"} == set(found["ways"][0])
    shown = warehouse.ok("vault", "presence").out
    assert "an answer holds  90 s" in shown
    assert "now" in shown


def test_another_mode_is_a_usage_error(warehouse: Pond) -> None:
    assert warehouse("vault", "presence", "maybe").status == 2
