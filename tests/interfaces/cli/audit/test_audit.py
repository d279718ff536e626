"""`pond audit`: the group itself."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_its_help_lists_its_commands(pond: Pond) -> None:
    out = pond.ok("audit", "--help").out
    assert [word for word in ("ls", "verify", "export", "restart") if f"  {word} " not in out] == []


def test_global_options_hold_before_its_commands(warehouse: Pond) -> None:
    assert warehouse.ok("audit", "--json", "ls").json() == warehouse.ok("audit", "ls", "--json").json()
