"""Dropping: ours and only ours, from any connection of the instance, without a listing that shows what goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.injection import drop_secrets
from pondpilot_secrets.injection.instance_state import AppliedSecret, state_of
from tests.duckdb_versions import extension_is_packaged
from tests.injection.helpers import KIND, apply, connect, injector, make_secret, names_in


def everything(_entry: AppliedSecret) -> bool:
    return True


def with_headers(name: str = "mine"):
    """A secret that every listing shows."""
    return make_secret("http", name, {"extra_http_headers": '{"X-Key": "v"}'}, scopes=("https://a.example/",))


def test_ours_and_only_ours_go_from_any_cursor() -> None:
    con = connect()
    con.execute("CREATE TEMPORARY SECRET theirs (TYPE http)")
    apply(con, make_secret(KIND, "one"))
    apply(con.cursor(), make_secret(KIND, "two"))
    assert sorted(drop_secrets.drop(con.cursor(), everything)) == ["one", "two"]
    assert names_in(con, marks=True) == ["theirs"]
    assert drop_secrets.drop(con, everything) == []


def test_what_is_not_chosen_stays_and_so_does_the_marker() -> None:
    con = connect()
    for name in ("one", "two"):
        apply(con, make_secret(KIND, name))
    assert drop_secrets.drop(con, lambda entry: entry.name == "one") == ["one"]
    assert names_in(con) == ["two"]
    assert len(names_in(con, marks=True)) == 2
    assert list(injector().applied(con)) == ["two"]


def test_instance_without_a_secret_of_the_vault_has_nothing_to_drop() -> None:
    con = connect()
    con.execute("CREATE TEMPORARY SECRET theirs (TYPE http)")
    assert drop_secrets.drop(con, everything) == []
    assert names_in(con, marks=True) == ["theirs"]


def test_names_that_are_not_ours_are_left() -> None:
    con = connect()
    con.execute("CREATE TEMPORARY SECRET theirs (TYPE http)")
    apply(con, make_secret(KIND, "one"))
    apply(con, make_secret(KIND, "two"))
    assert injector().drop(con, ["ONE", "theirs", "unknown"]) == ["one"]
    assert names_in(con) == ["theirs", "two"]


@extension_is_packaged("httpfs")  # a second type
def test_secret_that_took_the_place_of_ours_stays() -> None:
    con = connect()
    apply(con, make_secret(KIND))
    con.execute("CREATE OR REPLACE TEMPORARY SECRET mine (TYPE http)")
    assert drop_secrets.drop(con, everything) == []
    assert names_in(con, marks=True) == ["mine"]


def test_secret_with_headers_is_dropped_wherever_it_is_hidden_by_another_of_its_scope() -> None:
    con = connect()
    for name in ("mine", "other"):
        apply(con, with_headers(name))
    con.execute("CREATE TEMPORARY SECRET aaa (TYPE http, SCOPE 'https://a.example/')")
    assert injector().drop(con, ["mine"]) == ["mine"]
    assert injector().clear(con) == ["other"]
    assert names_in(con, marks=True) == ["aaa"]


@extension_is_packaged("httpfs")  # a second type
def test_secret_that_took_the_place_of_ours_with_headers_stays() -> None:
    con = connect()
    apply(con, with_headers())
    con.execute("CREATE OR REPLACE TEMPORARY SECRET mine (TYPE s3)")
    assert drop_secrets.drop(con, everything) == []
    assert names_in(con, marks=True) == ["mine"]


def test_headers_are_not_listed_when_their_secret_is_dropped() -> None:
    con = connect()
    apply(con, with_headers())
    con.execute("CALL enable_logging('QueryLog', storage = 'memory')")
    assert drop_secrets.drop(con, everything) == ["mine"]
    con.execute("CALL disable_logging()")
    log = [line for (line,) in con.execute("SELECT message FROM duckdb_logs() WHERE type = 'QueryLog'").fetchall()]
    assert [line for line in log if "DROP" in line]
    assert not [line for line in log if "duckdb_secrets" in line]


def test_secrets_with_headers_go_before_those_that_need_a_listing() -> None:
    con = connect()
    apply(con, make_secret(KIND, "plain"))
    apply(con, with_headers("headers"))
    assert drop_secrets.drop(con, everything) == ["headers", "plain"]


def test_closed_connection_is_an_error_unless_that_is_fine() -> None:
    con = connect()
    apply(con, make_secret(KIND))
    con.close()
    with pytest.raises(DuckDBIntegrationError, match="closed"):
        drop_secrets.drop(con, everything)
    assert drop_secrets.drop(con, everything, closed_is_fine=True) == []


def test_another_connection_of_the_instance_answers_for_a_closed_one(tmp_path: Path) -> None:
    first, second = connect(str(tmp_path / "a.db")), connect(str(tmp_path / "a.db"))
    apply(first, make_secret(KIND, "one"))
    apply(second, make_secret(KIND, "two"))
    first.close()
    assert sorted(drop_secrets.drop(first, everything)) == ["one", "two"]
    assert names_in(second, marks=True) == []


def test_secrets_are_dropped_where_the_connection_was_not_seen_before() -> None:
    con = connect()
    apply(con, make_secret(KIND))
    fresh = con.cursor()
    assert state_of(fresh) is None
    assert drop_secrets.drop(fresh, everything) == ["mine"]
    assert state_of(con) is None
    assert names_in(con, marks=True) == []
