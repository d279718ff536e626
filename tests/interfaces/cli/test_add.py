"""`pond add`: what is asked for, and what is shown of a type."""

from __future__ import annotations

import pytest

from tests.interfaces.cli.pond import Pond


def test_required_fields_are_asked_for_and_an_optional_secret_may_be_left_out(pond: Pond) -> None:
    terminal = pond.terminal("add", "s3", "lake")
    terminal.wait_for("key_id").type("AKIA\r").wait_for("secret (").type("marker-word\r")
    assert terminal.end() == 0
    assert "AKIA" in terminal.screen
    assert "marker-word" not in terminal.screen
    terminal = pond.terminal("add", "mysql", "open", "user=ana")
    terminal.wait_for("empty for none").type("\r")
    assert terminal.end() == 0
    assert pond.ok("show", "open", "--json").json()["hidden"] == []


def test_the_sensitive_field_that_the_others_call_for_is_asked_for(pond: Pond) -> None:
    terminal = pond.terminal("add", "http", "api", "username=ana", "--scope", "https://api.example.com/")
    terminal.wait_for("password").type("marker-word\r")
    assert terminal.end() == 0
    assert pond.ok("reveal", "api", "password").out == "marker-word"


def test_without_a_terminal_a_missing_field_is_an_error_and_nothing_hangs(pond: Pond) -> None:
    ended = pond("add", "huggingface", "hub")
    assert ended.status == 12
    assert "token is missing" in ended.err


@pytest.mark.parametrize(
    "words", [("add", "mysql", "--help"), ("add", "--fields", "mariadb"), ("add", "mysql", "n", "-h")]
)
def test_the_fields_of_a_type_are_shown(pond: Pond, words: tuple[str, ...]) -> None:
    out = pond.ok(*words).out
    assert "ssl_mode" in out
    assert "sensitive" in out


def test_the_fields_of_a_type_are_json_on_request(pond: Pond) -> None:
    facts = pond.ok("add", "--fields", "mysql", "--json").json()
    assert facts["name"] == "mysql"
    assert "password" in [field["name"] for field in facts["providers"][0]["fields"]]


def test_an_inject_only_secret_is_used_and_not_shown(pond: Pond) -> None:
    pond.ok("add", "s3", "lake", "key_id=k", "secret=@-", "--inject-only", stdin="marker")
    assert "lake" in pond.ok("sql", "lake", "--csv", "-c", "SELECT name FROM duckdb_secrets()").out
    for words in (("reveal", "lake", "secret"), ("exec", "lake", "--", "env"), ("edit", "lake", "--no-inject-only")):
        ended = pond(*words)
        assert ended.status == 20
        assert "inject-only" in ended.err
        assert "marker" not in ended.out + ended.err
