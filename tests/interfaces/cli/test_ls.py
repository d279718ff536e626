"""`pond ls`: the table, its filters, and what an empty vault says."""

from __future__ import annotations

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


def test_what_expires_is_shown_and_warned_of(pond: Pond) -> None:
    pond.ok("add", "s3", "lasting", "key_id=k", "secret=@-", stdin="s")
    assert "EXPIRY" not in pond.ok("ls").out
    pond.ok("add", "s3", "short", "key_id=k", "secret=@-", "--expires", "1m", stdin="s")
    assert "expires in" in pond.ok("ls").out
    assert "expires in" in pond.ok("show", "short").out
    used = pond.ok("sql", "short", "--csv", "-c", "SELECT 1 AS x")
    assert used.out == "x\n1\n"
    assert "warning: 'short' expires in" in used.err
    assert "short expires in" in pond("doctor").out
    pond.ok("edit", "short", "--expires", "")
    assert "EXPIRY" not in pond.ok("ls").out


def test_wide_letters_keep_columns_aligned(pond: Pond) -> None:
    pond.ok("add", "mysql", "数据库", "user=ana")
    pond.ok("add", "mysql", "abc", "user=ana")
    first, second = pond.ok("ls").out.splitlines()[1:]
    assert first.index("mysql") == second.index("mysql") + 3
