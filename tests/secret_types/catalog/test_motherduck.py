"""MotherDuck: databases that keep their own names, and an ATTACH without any option."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.catalog.motherduck import DEFAULT_DATABASE, SECRET_TYPE
from tests.secret_types.secrets import meaning, parameters, refused, secure, target, variables


def test_a_token_is_all_that_duckdb_takes() -> None:
    assert parameters("motherduck", secret="t", database="d", endpoint="https://m.example") == {"token": "t"}
    assert refused("motherduck", database="d") == "token"


def test_all_databases_are_attached_or_the_one_that_is_named() -> None:
    assert target("motherduck", token="t").text == "md:"
    assert target("motherduck", token="t", database="d").text == "md:d"


def test_a_database_keeps_its_own_name() -> None:
    attach = SECRET_TYPE.attach
    assert attach is not None
    assert attach.own_name is not None
    assert attach.own_name(secure(token="t")) == DEFAULT_DATABASE
    assert attach.own_name(secure(token="t", database="d")) == "d"
    assert not attach.read_only
    assert not attach.names_secret


def test_tools_find_the_token_and_the_host_without_its_scheme() -> None:
    assert variables("motherduck", token="t") == {"motherduck_token": "t", "MOTHERDUCK_TOKEN": "t"}
    assert variables("motherduck", endpoint="https://app.example.com/x") == {"motherduck_host": "app.example.com"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Invalid MotherDuck token", TestReason.WRONG_CREDENTIALS),
        ("no database/share named 'd' found", TestReason.NOT_FOUND),
        ("Could not establish connection", TestReason.UNREACHABLE),
    ],
)
def test_what_the_service_says_is_understood(text: str, reason: TestReason) -> None:
    assert meaning("motherduck", text) is reason
