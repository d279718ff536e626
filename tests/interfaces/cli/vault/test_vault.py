"""`pond vault`: the group itself."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_its_help_lists_its_commands(pond: Pond) -> None:
    out = pond.ok("vault", "--help").out
    words = ("status", "init", "unlock", "limits", "presence", "move", "rekey", "recovery-codes", "use-recovery-code")
    assert [word for word in (*words, "repair") if f"  {word} " not in out] == []


def test_global_options_hold_before_its_commands(warehouse: Pond) -> None:
    assert warehouse.ok("vault", "--json", "status").json() == warehouse.ok("vault", "status", "--json").json()
