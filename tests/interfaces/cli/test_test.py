"""`pond test`: one row for each secret, and a status that says whether all work."""

from __future__ import annotations

from tests.duckdb_versions import extension_is_packaged
from tests.interfaces.cli.pond import Pond
from tests.services.http_server import HTTPDataServer


@extension_is_packaged("httpfs", "postgres_scanner")
def test_a_secret_that_works_and_one_that_does_not_are_told_apart(
    warehouse: Pond, http_data_server: HTTPDataServer
) -> None:
    scope = f"{http_data_server.base_url}/"
    warehouse.ok("add", "http", "api", "token=@-", "--scope", scope, stdin=http_data_server.token)
    works = warehouse.ok("test", "api", "--target", http_data_server.url)
    assert works.out.splitlines()[0].split() == ["NAME", "RESULT", "TIME", "MESSAGE"]
    assert works.out.splitlines()[1].split()[:2] == ["api", "ok"]
    fails = warehouse("test", "warehouse", "--timeout", "3", "--json")
    assert fails.status == 1
    (test,) = fails.json()["tests"]
    assert (test["name"], test["result"]["ok"], test["result"]["reason"]) == ("warehouse", False, "unreachable")
    assert "marker-word" not in fails.out + fails.err


def test_names_or_all_are_given_and_not_both(warehouse: Pond) -> None:
    assert warehouse("test").status == 2
    assert warehouse("test", "warehouse", "--all").status == 2
    assert warehouse("test", "--all", "--target", "x").status == 31


def test_an_empty_vault_has_nothing_to_test(pond: Pond) -> None:
    assert pond.ok("test", "--all").err == "there are no secrets to test\n"
