"""`pond reveal`: one value, exactly."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_an_id_is_as_good_as_a_name(warehouse: Pond) -> None:
    secret_id = warehouse.ok("ls", "--json").json()["secrets"][0]["id"]
    assert warehouse.ok("reveal", secret_id, "user").out == "ana"


def test_a_revealed_value_ends_with_a_line_end_on_a_terminal_only(warehouse: Pond) -> None:
    terminal = warehouse.terminal("reveal", "warehouse", "user")
    assert terminal.end() == 0
    assert terminal.screen == "ana\r\n"
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
