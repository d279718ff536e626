"""`pond rename`: another name, and nothing else."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_a_secret_has_its_new_name_and_its_value(warehouse: Pond) -> None:
    assert warehouse.ok("rename", "warehouse", "shop").err == "warehouse is now shop\n"
    assert warehouse.ok("reveal", "shop", "password").out == "pass marker-word"
    assert warehouse("show", "warehouse").status == 11


def test_a_name_that_is_taken_is_refused(warehouse: Pond) -> None:
    warehouse.ok("add", "mysql", "shop", "host=h")
    ended = warehouse("rename", "warehouse", "SHOP")
    assert ended.status == 18
    assert "pond edit" in ended.err
