"""`pond rm`: all or none, and not without consent."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_removing_without_a_terminal_needs_yes(warehouse: Pond) -> None:
    refused = warehouse("rm", "warehouse")
    assert refused.status == 2
    assert "--yes" in refused.err
    warehouse.ok("rm", "--yes", "warehouse")
    assert warehouse.ok("ls").out == ""


def test_removing_several_removes_all_or_none(warehouse: Pond) -> None:
    assert warehouse("rm", "--yes", "warehouse", "nonsense").status == 11
    assert "warehouse" in warehouse.ok("ls").out


def test_consent_is_asked_for_and_no_is_the_default(warehouse: Pond) -> None:
    terminal = warehouse.terminal("rm", "warehouse")
    terminal.wait_for("[y/N]").type("\r")
    assert terminal.end() == 1
    terminal = warehouse.terminal("rm", "warehouse")
    terminal.wait_for("[y/N]").type("y\r")
    assert terminal.end() == 0
    assert warehouse.ok("ls").out == ""


def test_a_vault_for_reading_says_why_it_changes_nothing(warehouse: Pond) -> None:
    ended = warehouse("rm", "warehouse", "--yes", POND_READ_ONLY="1")
    assert ended.status == 20
    assert "`write` is missing" in ended.err
    assert warehouse.ok("reveal", "warehouse", "user", POND_READ_ONLY="1").out == "ana"
