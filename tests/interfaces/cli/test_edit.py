"""`pond edit`: changes, removes and clears."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_an_edit_changes_removes_and_clears(warehouse: Pond) -> None:
    warehouse.ok("edit", "warehouse", "host=db2.example.com", "port=", "--description", "", "--tag", "a", "--tag", "b")
    shown = warehouse.ok("show", "warehouse", "--json").json()
    assert shown["values"] == {"host": "db2.example.com", "user": "ana"}
    assert (shown["secret"]["description"], shown["secret"]["tags"]) == (None, ["a", "b"])
    warehouse.ok("edit", "warehouse", "--name", "shop", "password=@-", stdin="new marker-word")
    assert warehouse.ok("reveal", "shop", "password").out == "new marker-word"


def test_an_edit_of_nothing_is_a_usage_error(warehouse: Pond) -> None:
    assert warehouse("edit", "warehouse").status == 2


def test_a_field_alone_asks_for_its_new_value(warehouse: Pond) -> None:
    terminal = warehouse.terminal("edit", "warehouse", "password")
    terminal.wait_for("password").type("brand new\r")
    assert terminal.end() == 0
    assert "brand new" not in terminal.screen
    assert warehouse.ok("reveal", "warehouse", "password").out == "brand new"
