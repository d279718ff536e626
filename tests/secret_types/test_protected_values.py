"""Which values no error may show: all but those that say nothing about a credential."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Field, Provider, SecretType
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.secret_types.protected_values import protected_values, sensitive_lengths
from tests.secret_types.samples import FIELDS, by_name
from tests.secret_types.secrets import secure


def protected(name: str, **fields: str) -> set[str]:
    return {value.expose() for value in protected_values(registry.get(name).providers[0], secure(**fields))}


@pytest.mark.parametrize(("secret_type", "provider", "field"), FIELDS, ids=by_name)
def test_every_sensitive_field_is_protected(secret_type: SecretType, provider: Provider, field: Field) -> None:
    if field.sensitive:
        fields = secure(**{field.name: "value"})
        assert protected_values(provider, fields) == [fields[field.name]]


def test_users_are_protected_and_hosts_numbers_and_choices_may_be_shown() -> None:
    shown = {"host": "h", "port": "5432", "sslmode": "require", "passfile": "/p", "aws_rds_secret": "other"}
    assert protected("postgres", user="ana", password="p", database="shop", **shown) == {"ana", "p", "shop"}


def test_a_value_of_no_field_is_protected() -> None:
    assert protected("postgres", no_field="x") == {"x"}


def test_what_was_made_for_the_call_is_protected_as_well() -> None:
    http, fields = registry.get("http"), secure(username="ana", password="pw", extra_http_headers='{"A": "b"}')
    with create_parameters(http, None, fields, {}) as parameters:
        found = {value.expose() for value in protected_values(http.providers[0], fields, parameters)}
    assert {"ana", "pw", "b", '{"A": "b"}', "Basic YW5hOnB3"} <= found


def test_what_is_closed_already_is_left_out() -> None:
    fields = secure(user="ana", password="p")
    fields["password"].close()
    assert [value.expose() for value in protected_values(registry.get("mysql").providers[0], fields)] == ["ana"]


@pytest.mark.parametrize(
    ("name", "fields", "lengths"),
    [
        ("s3", {"key_id": "abc", "secret": "12345", "region": "r"}, [5]),
        ("http", {"extra_http_headers": '{"A": "bcd", "E": "f"}'}, [3, 1]),
        ("http", {"username": "ana", "password": "pw"}, [len("Basic YW5hOnB3")]),
        ("azure", {"account_name": "a", "account_key": "YWJj"}, [106]),
        ("postgres", {"password": "ä", "user": "ana"}, [2]),
        ("mysql", {"password": ""}, []),
    ],
)
def test_lengths_are_those_of_the_sensitive_values_that_duckdb_gets(
    name: str, fields: dict[str, str], lengths: list[int]
) -> None:
    secret_type = registry.get(name)
    with create_parameters(secret_type, None, secure(**fields), {}) as parameters:
        assert list(sensitive_lengths(secret_type.providers[0], parameters)) == lengths
