"""The AWS_… variables that need more than one field."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types.aws_environment import aws_variables
from tests.secret_types.secrets import plain, secure

ROLE = {"web_identity_token_file": "/t", "assume_role_arn": "arn:a"}


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({"endpoint": "h:1"}, "https://h:1"),
        ({"endpoint": "h:1", "use_ssl": "true"}, "https://h:1"),
        ({"endpoint": "h:1", "use_ssl": "false"}, "http://h:1"),
    ],
)
def test_an_endpoint_gets_the_scheme_that_duckdb_must_not_have(fields: dict[str, str], url: str) -> None:
    assert plain(aws_variables(secure(**fields))) == {"AWS_ENDPOINT_URL": url}


def test_a_default_endpoint_gives_way_to_ones_own() -> None:
    assert plain(aws_variables({}, (b"default.example",))) == {"AWS_ENDPOINT_URL": "https://default.example"}
    assert plain(aws_variables(secure(endpoint="own"), (b"default.example",))) == {"AWS_ENDPOINT_URL": "https://own"}


def test_a_role_by_web_identity_needs_both_halves() -> None:
    assert plain(aws_variables(secure(**ROLE, session_name="s"))) == {
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/t",
        "AWS_ROLE_ARN": "arn:a",
        "AWS_ROLE_SESSION_NAME": "s",
    }
    for name, value in ROLE.items():
        assert aws_variables(secure(**{name: value})) == {}


def test_nothing_is_set_for_what_is_not_there() -> None:
    assert aws_variables({}) == {}
