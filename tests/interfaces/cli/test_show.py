"""`pond show`: what is known of a secret, sensitive values hidden."""

from __future__ import annotations

import contextlib
import sqlite3

from tests.interfaces.cli.pond import Pond


def test_json_of_every_command_that_shows_a_secret(warehouse: Pond) -> None:
    shown = warehouse.ok("show", "warehouse", "--json").json()
    assert shown["values"] == {"host": "127.0.0.1", "port": "1", "user": "ana"}
    assert shown["hidden"] == ["password"]
    revealed = warehouse.ok("reveal", "warehouse", "password", "--json").json()
    assert revealed == {"name": "warehouse", "field": "password", "value": "pass marker-word"}
    assert warehouse.ok("rename", "warehouse", "w2", "--json").json()["secret"]["name"] == "w2"
    assert warehouse.ok("edit", "w2", "--tag", "", "--json").json()["secret"]["tags"] == []
    assert warehouse.ok("rm", "w2", "--yes", "--json").json()["removed"][0]["name"] == "w2"


def test_a_secret_whose_item_is_gone_is_shown_as_far_as_it_is_known(warehouse: Pond) -> None:

    with contextlib.closing(sqlite3.connect(warehouse.folder / "vault" / "secrets.db")) as database, database:
        database.execute("DELETE FROM items WHERE account LIKE 'postgres:%'")
    ended = warehouse("show", "warehouse")
    assert ended.status == 25
    assert "warehouse" in ended.out
    assert "pond edit" in ended.err
