"""Induced failures of every kind, with a marker in every value: none may be in an error, however it is printed."""

from __future__ import annotations

import traceback

import pytest

from pondpilot_secrets.errors import DuckDBIntegrationError, SecretError
from pondpilot_secrets.injection import attach as attaching
from pondpilot_secrets.injection.extensions import Extensions
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secure import SecureString
from tests.injection.helpers import apply, connect, make_secret

MARKER = 'm4rk\'er "q\\uote" +/=é'


def everything_of(error: BaseException) -> str:
    """What a report shows that prints the variables of our frames too (the test's own hold the marker)."""
    shown = traceback.TracebackException.from_exception(error, capture_locals=True)
    shown.stack[:] = [frame for frame in shown.stack if "pondpilot_secrets" in frame.filename]
    assert shown.stack
    assert error.__cause__ is None
    assert error.__context__ is None
    return "".join([str(error), repr(error), repr(error.args), *shown.format()])


@pytest.mark.parametrize(
    ("type_name", "fields"),
    [
        ("r2", {"key_id": MARKER, "secret": MARKER, "use_ssl": MARKER}),
        ("s3", {"key_id": MARKER, "secret": MARKER, "use_ssl": MARKER}),
        ("postgres", {"uri": f"postgresql://{MARKER}@127.0.0.1:1/x", "password": MARKER}),
        ("mysql", {"password": MARKER, "port": "99999"}),
        ("http", {"bearer_token": MARKER, "verify_ssl": MARKER}),
    ],
)
def test_refused_secret_shows_no_value(type_name, fields):
    con = connect()
    secret = make_secret(type_name, fields=fields)
    secret_type = registry.get(type_name)

    def use() -> None:
        apply(con, secret)
        if secret_type.attach is not None:
            attaching.attach(con, secret, secret_type, "mine", extensions=Extensions(offline=True))

    with pytest.raises(SecretError) as caught:
        use()
    shown = everything_of(caught.value)
    assert "m4rk" not in shown
    assert "uote" not in shown


def test_server_that_repeats_the_password_does_not_get_it_into_the_error(postgres_server):
    con = connect()
    password = "dbname=x password=inner-value sslmode=nonsense"
    fields = {"host": "127.0.0.1", "port": str(postgres_server.port), "user": "marker-user", "password": password}
    secret = make_secret("postgres", fields=fields)
    apply(con, secret)
    with pytest.raises(DuckDBIntegrationError) as raised:
        attaching.attach(con, secret, registry.get("postgres"), "mine")
    shown = everything_of(raised.value)
    assert "inner-value" not in shown
    assert "marker-user" not in shown
    assert "authentication failed" in shown


def test_bound_value_that_cannot_be_cast_is_not_repeated():
    from pondpilot_secrets.injection import statements
    from pondpilot_secrets.injection.duckdb_errors import call_duckdb

    con, value = connect(), SecureString(MARKER)
    Extensions(offline=True).ensure(con, ["httpfs"])
    with pytest.raises(DuckDBIntegrationError) as raised:
        call_duckdb(
            lambda: statements.create(con, "x", ("s3", "config"), {"use_ssl": value}, (), replace=False),
            [value],
            "DuckDB refused",
        )
    assert "m4rk" not in everything_of(raised.value)
    assert "BOOL" in str(raised.value)
