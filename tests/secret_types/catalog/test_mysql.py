"""MySQL: the limits of its client library and of DuckDB, and the variables of its own tools."""

from __future__ import annotations

import pytest

from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.catalog.mysql import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, target, variables


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"port": "65354"}, "port"),
        ({"user": "u" * 97}, "user"),
        ({"user": "ä" * 49}, "user"),
        ({"database": "d" * 193}, "database"),
        ({"password": "a\0b"}, "password"),
        ({"ssl_mode": "verify-ca"}, "ssl_mode"),
    ],
)
def test_what_the_client_would_cut_or_refuse_is_refused_first(given: dict[str, str], field: str) -> None:
    assert refused("mysql", **given) == field


def test_the_longest_that_arrive_whole_are_accepted() -> None:
    accepted("mysql", user="u" * 96, database="d" * 192, port="65353", password="p" * 100_000)


def test_the_names_of_the_design_become_those_of_duckdb() -> None:
    made = parameters("mysql", username="u", secret="p", dbname="d", sslmode="REQUIRED", port="3307")
    assert made == {"user": "u", "password": "p", "database": "d", "ssl_mode": "required", "port": 3307}


def test_its_own_tools_find_the_credential() -> None:
    assert variables("mysql", host="h", port="1", password="p", user="u", database="d") == {
        "MYSQL_HOST": "h",
        "MYSQL_TCP_PORT": "1",
        "MYSQL_PWD": "p",
        "MYSQL_USER": "u",
        "MYSQL_DATABASE": "d",
    }


def test_attach_says_nothing_that_the_secret_holds() -> None:
    assert target("mysql", host="h", password="p").text == ""
    assert SECRET_TYPE.attach is not None
    assert SECRET_TYPE.attach.type == "mysql"


def test_a_database_that_is_closed_to_a_user_is_told_from_a_wrong_password() -> None:
    assert meaning("mysql", "Access denied for user 'a'@'h' to database 'd'") is TestReason.NOT_ALLOWED
    assert meaning("mysql", "Access denied for user 'a'@'h' (using password: YES)") is TestReason.WRONG_CREDENTIALS
