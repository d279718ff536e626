"""add, ls, show, reveal, edit, rename and rm, as child processes."""

from __future__ import annotations

import pytest

from tests.interfaces.cli.pond import Pond


def test_a_secret_is_added_listed_shown_and_revealed(warehouse: Pond) -> None:
    listed = warehouse.ok("ls").out.splitlines()
    assert listed[0].split() == ["NAME", "TYPE", "SCOPES", "TAGS", "LAST", "USED"]
    assert listed[1].split()[:3] == ["warehouse", "postgres", "prod"]
    shown = warehouse.ok("show", "warehouse").out
    assert "127.0.0.1" in shown
    assert "••••••" in shown
    assert "marker-word" not in shown
    assert warehouse.ok("reveal", "warehouse", "password").out == "pass marker-word"
    assert warehouse.ok("reveal", "warehouse", "pwd").out == "pass marker-word"


def test_json_has_the_same_shape_before_and_after_the_command(warehouse: Pond) -> None:
    after, before = warehouse.ok("ls", "--json").json(), warehouse.ok("--json", "ls").json()
    assert after == before
    (secret,) = after["secrets"]
    assert secret["name"] == "warehouse"
    assert secret["tags"] == ["prod"]
    assert secret["created_at"].endswith("Z")
    assert secret["field_names"] == ["host", "password", "port", "user"]


def test_json_of_every_command_that_shows_a_secret(warehouse: Pond) -> None:
    shown = warehouse.ok("show", "warehouse", "--json").json()
    assert shown["values"] == {"host": "127.0.0.1", "port": "1", "user": "ana"}
    assert shown["hidden"] == ["password"]
    revealed = warehouse.ok("reveal", "warehouse", "password", "--json").json()
    assert revealed == {"name": "warehouse", "field": "password", "value": "pass marker-word"}
    assert warehouse.ok("rename", "warehouse", "w2", "--json").json()["secret"]["name"] == "w2"
    assert warehouse.ok("edit", "w2", "--tag", "", "--json").json()["secret"]["tags"] == []
    assert warehouse.ok("rm", "w2", "--yes", "--json").json()["removed"][0]["name"] == "w2"


def test_an_id_is_as_good_as_a_name(warehouse: Pond) -> None:
    secret_id = warehouse.ok("ls", "--json").json()["secrets"][0]["id"]
    assert warehouse.ok("reveal", secret_id, "user").out == "ana"


def test_listing_filters_and_limits(pond: Pond) -> None:
    for name in ("alpha", "beta"):
        pond.ok("add", "huggingface", name, "token=@-", "--tag", name, stdin="hf_x")
    pond.ok("add", "mysql", "gamma", "password=@-", stdin="p")
    assert len(pond.ok("ls", "--limit", "2").out.splitlines()) == 3
    assert pond.ok("ls", "--type", "mariadb").out.splitlines()[1].startswith("gamma")
    assert pond.ok("ls", "alp").out.splitlines()[1].startswith("alpha")
    assert pond.ok("ls", "--tag", "beta").out.splitlines()[1].startswith("beta")
    nothing = pond.ok("ls", "nothing-like-it")
    assert nothing.out == ""
    assert "no secret matches" in nothing.err


def test_an_empty_vault_says_how_to_begin(pond: Pond) -> None:
    ended = pond.ok("ls")
    assert ended.out == ""
    assert "pond add" in ended.err
    assert pond.ok("ls", "--json").json() == {"secrets": []}


def test_an_edit_changes_removes_and_clears(warehouse: Pond) -> None:
    warehouse.ok("edit", "warehouse", "host=db2.example.com", "port=", "--description", "", "--tag", "a", "--tag", "b")
    shown = warehouse.ok("show", "warehouse", "--json").json()
    assert shown["values"] == {"host": "db2.example.com", "user": "ana"}
    assert (shown["secret"]["description"], shown["secret"]["tags"]) == (None, ["a", "b"])
    warehouse.ok("edit", "warehouse", "--name", "shop", "password=@-", stdin="new marker-word")
    assert warehouse.ok("reveal", "shop", "password").out == "new marker-word"


def test_an_edit_of_nothing_is_a_usage_error(warehouse: Pond) -> None:
    assert warehouse("edit", "warehouse").status == 2


def test_removing_without_a_terminal_needs_yes(warehouse: Pond) -> None:
    refused = warehouse("rm", "warehouse")
    assert refused.status == 2
    assert "--yes" in refused.err
    warehouse.ok("rm", "--yes", "warehouse")
    assert warehouse.ok("ls").out == ""


def test_removing_several_removes_all_or_none(warehouse: Pond) -> None:
    assert warehouse("rm", "--yes", "warehouse", "nonsense").status == 11
    assert "warehouse" in warehouse.ok("ls").out


@pytest.mark.parametrize(
    ("words", "status", "name"),
    [
        (("show", "nonsense"), 11, "SecretNotFound"),
        (("add", "postgres", "x", "port=99999999"), 12, "InvalidCredentials"),
        (("add", "postgrs", "x"), 12, "InvalidCredentials"),
        (("add", "postgres", "x", "hostt=y"), 12, "InvalidCredentials"),
        (("add", "mysql", "warehouse", "host=h"), 18, "NameTaken"),
        (("reveal", "warehouse", "sslmode"), 12, "InvalidCredentials"),
        (("sql", "warehouse", "-c", "SELECT 1"), 17, "DuckDBIntegration"),
        (("nonsense",), 2, "Usage"),
        (("ls", "--nonsense"), 2, "Usage"),
        (("add", "mysql", "x", "password=plain"), 2, "Usage"),
    ],
)
def test_every_error_has_its_exit_status_and_is_json_on_request(
    warehouse: Pond, words: tuple[str, ...], status: int, name: str
) -> None:
    plain = warehouse(*words)
    assert plain.status == status
    assert plain.out == ""
    assert plain.err.startswith("error: ")
    as_json = warehouse(*words, "--json")
    assert as_json.status == status
    error = as_json.error()
    assert error["name"] == name
    assert set(error) == {"code", "name", "message", "hint"}
    assert "marker-word" not in plain.err + as_json.err


def test_a_secret_whose_item_is_gone_is_shown_as_far_as_it_is_known(warehouse: Pond) -> None:
    import sqlite3

    with sqlite3.connect(warehouse.folder / "vault" / "secrets.db") as database:
        database.execute("DELETE FROM items WHERE account LIKE 'postgres:%'")
    ended = warehouse("show", "warehouse")
    assert ended.status == 25
    assert "warehouse" in ended.out
    assert "pond edit" in ended.err


def test_a_wrong_key_file_is_said_and_nothing_is_lost(warehouse: Pond, tmp_path) -> None:
    other = tmp_path / "other.key"
    other.write_text("0" * 64)
    other.chmod(0o600)
    own = warehouse.folder / "pond.key"
    own.rename(tmp_path / "away.key")  # or the vault would open with the key file that it remembers
    wrong = warehouse("reveal", "warehouse", "user", POND_KEY_FILE=str(other))
    assert wrong.status in {15, 31}
    assert wrong.out == ""
    (tmp_path / "away.key").rename(own)
    assert warehouse.ok("reveal", "warehouse", "user").out == "ana"
