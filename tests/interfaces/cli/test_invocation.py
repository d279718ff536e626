"""The global options before and after a command."""

from __future__ import annotations

from tests.interfaces.cli.pond import Pond


def test_json_has_the_same_shape_before_and_after_the_command(warehouse: Pond) -> None:
    after, before = warehouse.ok("ls", "--json").json(), warehouse.ok("--json", "ls").json()
    assert after == before
    (secret,) = after["secrets"]
    assert secret["name"] == "warehouse"
    assert secret["tags"] == ["prod"]
    assert secret["created_at"].endswith("Z")
    assert secret["field_names"] == ["host", "password", "port", "user"]


def test_the_folder_of_the_vault_is_named_before_and_after_the_command(warehouse: Pond) -> None:
    home = str(warehouse.folder / "vault")
    expected = warehouse.ok("ls").out
    for words in (("--home", home, "ls"), ("ls", "--home", home)):
        assert warehouse.ok(*words, POND_HOME="/nowhere").out == expected
    assert warehouse.ok("ls", "--home", str(warehouse.folder / "other")).out == ""
