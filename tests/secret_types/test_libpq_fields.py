"""PostgreSQL's fields: C strings, every one, and nothing sensitive that libpq's own variables do not know."""

from __future__ import annotations

from pondpilot_secrets.secret_types.field_kinds import check_kind
from pondpilot_secrets.secret_types.libpq_fields import CONNECTION_FIELDS, FURTHER_FIELDS, TLS_FIELDS
from pondpilot_secrets.secure import SecureString

ALL = (*CONNECTION_FIELDS, *TLS_FIELDS, *FURTHER_FIELDS)


def test_a_nul_is_refused_in_every_field() -> None:
    for field in ALL:
        assert check_kind(field, SecureString("a\0b")) is not None, field.name


def test_what_is_sensitive_is_what_logs_in() -> None:
    assert {field.name for field in ALL if field.sensitive} == {
        "password",
        "uri",
        "sslpassword",
        "scram_client_key",
        "scram_server_key",
        "oauth_client_secret",
    }


def test_the_host_may_stand_in_an_error_although_it_is_free_text() -> None:
    assert {field.name for field in ALL if field.shown_in_errors} == {"host", "hostaddr"}


def test_variables_are_those_of_libpq() -> None:
    named = [variable for field in ALL for variable in field.environment]
    assert all(variable.startswith("PG") for variable in named)
    assert len(named) == len(set(named))
