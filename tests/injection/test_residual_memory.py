"""Blanks over freed memory: that they disturb nothing. What they achieve is measured in `tests/memory`."""

from __future__ import annotations

from pondpilot_secrets.injection.residual_memory import overwrite
from tests.injection.helpers import apply, connect, make_secret, shown


def test_a_connection_that_is_closed_is_no_error() -> None:
    con = connect()
    con.close()
    overwrite(con, [10])


def test_without_a_sensitive_value_nothing_is_asked_of_duckdb() -> None:
    asked: list[str] = []

    class Cursor:
        def execute(self, statement: str, values: object = ()) -> None:
            asked.append(statement)

    overwrite(Cursor(), [])  # type: ignore[arg-type]
    assert asked == []
    overwrite(Cursor(), [5])  # type: ignore[arg-type]
    assert len(asked) == 1


def test_headers_that_are_called_key_and_value_arrive_as_they_are() -> None:
    con = connect()
    headers = {"extra_http_headers": '{"key": "one", "value": "two"}'}
    apply(con, make_secret("http", fields=headers, scopes=("https://a.example/",)))
    assert "extra_http_headers={key=one, value=two}" in shown(con, "mine")
