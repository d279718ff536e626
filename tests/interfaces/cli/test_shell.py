"""`pond shell`: its words, its exit status, and what it says of how it is started."""

from __future__ import annotations

from tests.duckdb_versions import needs_shell
from tests.interfaces.cli.pond import Pond
from tests.services.http_server import HTTPDataServer


@needs_shell
def test_the_shell_reads_what_only_the_token_opens(pond: Pond, http_data_server: HTTPDataServer) -> None:
    scope = f"{http_data_server.base_url}/"
    pond.ok("add", "http", "api", "token=@-", "--scope", scope, stdin=http_data_server.token)
    query = f"SELECT customer FROM '{http_data_server.url}' LIMIT 1"
    assert pond.ok("shell", "api", "-c", query, "--", "-csv", "-noheader").out.split() == ["ana"]


@needs_shell
def test_words_after_the_dashes_hold_also_for_sql_from_standard_input(pond: Pond) -> None:
    assert pond.ok("shell", "--", "-json", stdin="SELECT 1 AS one;").json() == [{"one": 1}]


@needs_shell
def test_the_shell_says_nothing_of_how_it_is_started(pond: Pond) -> None:
    pond.environment()
    (pond.folder / "home" / ".duckdbrc").write_text("CREATE MACRO mine() AS 42;\n")
    ended = pond.ok("shell", "-c", "SELECT 1 AS one", "--", "-csv")
    assert (ended.out, ended.err) == ("one\n1\n", "")


@needs_shell
def test_the_shells_exit_status_is_ponds(pond: Pond) -> None:
    assert pond("shell", "-c", "SELCT").status == 1
    assert pond("shell", "nonsense", "-c", "SELECT 1").status == 11
