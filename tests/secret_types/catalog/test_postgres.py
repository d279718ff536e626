"""PostgreSQL: a connection URI stands alone, an RDS secret stands for the password, and tools find all of it."""

from __future__ import annotations

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types.catalog.postgres import SECRET_TYPE
from tests.secret_types.secrets import accepted, meaning, parameters, refused, target, variables


def test_the_names_of_the_design_become_those_of_duckdb() -> None:
    made = parameters("postgres", username="u", secret="p", dbname="d", ssl_mode="require", port="5433")
    assert made == {"user": "u", "password": "p", "database": "d", "sslmode": "require", "port": 5433}


def test_a_uri_stands_alone() -> None:
    accepted("postgres", uri="postgresql://u:p@h/d")
    assert refused("postgres", uri="postgresql://u:p@h/d", host="h") == "host"


def test_an_rds_secret_stands_for_the_password_and_is_named_as_it_is_applied() -> None:
    assert refused("postgres", aws_rds_secret="my_rds", password="p") == "password"
    assert parameters("postgres", references={"aws_rds_secret": "rds_1"}, aws_rds_secret="my_rds") == {
        "aws_rds_secret": "rds_1"
    }
    with pytest.raises(InvalidCredentialsError, match="must be applied first") as caught:
        parameters("postgres", aws_rds_secret="my_rds")
    assert caught.value.field == "aws_rds_secret"


def test_its_own_tools_find_the_credential() -> None:
    fields = {"host": "h", "port": "1", "user": "u", "password": "p", "database": "d", "sslmode": "require"}
    assert variables("postgres", **fields) == {
        "PGHOST": "h",
        "PGPORT": "1",
        "PGUSER": "u",
        "PGPASSWORD": "p",
        "PGDATABASE": "d",
        "PGSSLMODE": "require",
    }
    assert variables("postgres", uri="postgresql://u:p@h/d") == {"DATABASE_URL": "postgresql://u:p@h/d"}


def test_attach_says_nothing_that_the_secret_holds() -> None:
    assert target("postgres", host="h", password="p").text == ""
    assert SECRET_TYPE.attach is not None
    assert SECRET_TYPE.attach.type == "postgres"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('FATAL: password authentication failed for user "x"', TestReason.WRONG_CREDENTIALS),
        ('FATAL: role "x" does not exist', TestReason.WRONG_CREDENTIALS),
        ('FATAL: database "x" does not exist', TestReason.NOT_FOUND),
        ("server does not support SSL, but SSL was required", TestReason.TLS),
        ("timeout expired", TestReason.TIMEOUT),
        ('could not translate host name "x" to address', TestReason.UNREACHABLE),
        ("FATAL: sorry, too many clients already", TestReason.RATE_LIMITED),
    ],
)
def test_what_the_server_says_is_understood(text: str, reason: TestReason) -> None:
    assert meaning("postgres", text) is reason
