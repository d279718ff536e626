"""CREATE and DROP of temporary secrets: values apart from the text, copies wiped, maps as DuckDB reads them."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.injection import statements
from pondpilot_secrets.secure import SecureString
from tests.injection.helpers import connect, names_in, shown


class Recorder:
    """A cursor that keeps what it is given, and fails when it is told to."""

    def __init__(self, error: Exception | None = None) -> None:
        self.statement = ""
        self.values: list[Any] = []
        self._error = error

    def execute(self, statement: str, values: Any = ()) -> None:
        self.statement, self.values = statement, list(values)
        if self._error is not None:
            raise self._error


def create(cursor: Any, values: dict[str, Any], *, scopes: tuple[str, ...] = (), replace: bool = False) -> None:
    statements.create(cursor, "mine", ("s3", "config"), values, scopes, replace=replace)


def test_no_value_is_in_the_text() -> None:
    cursor = Recorder()
    create(cursor, {"key_id": SecureString("abc"), "use_ssl": False}, scopes=("s3://b/",), replace=True)
    assert cursor.statement == (
        'CREATE OR REPLACE TEMPORARY SECRET "mine" (TYPE s3, PROVIDER config, key_id ?, use_ssl ?, SCOPE ?)'
    )
    assert cursor.values[1:] == [False, ["s3://b/"]]


@pytest.mark.parametrize("error", [None, RuntimeError("refused")])
def test_the_copies_are_wiped_whatever_happens(error: Exception | None) -> None:
    cursor = Recorder(error)
    values = {"secret": SecureString("marker-value"), "headers": {"A": SecureString("marker-entry"), "B": "plain text"}}
    try:
        create(cursor, values)
    except RuntimeError:
        assert error is not None
    given, entries = cursor.values
    assert set(given) == {"\0"}
    assert set(entries["value"][0]) == {"\0"}
    assert entries["value"][1] == "plain text"
    assert values["secret"].expose() == "marker-value"  # the caller's, who goes on with it


@pytest.mark.parametrize("names", [["a", "A"], ["key", "value"], ["", "x"], ["ä b", "c'"]])
def test_a_map_arrives_with_whatever_names_it_has(names: list[str]) -> None:
    con = connect()
    con.execute("CREATE TEMPORARY SECRET x (TYPE http)")
    entries = {name: SecureString(f"v{number}") for number, name in enumerate(names)}
    statements.create(con, "mine", ("http", "config"), {"extra_http_headers": entries}, (), replace=False)
    assert all(f"v{number}" in shown(con, "mine") for number in range(len(names)))


@pytest.mark.parametrize("word", ["a b", "a;", "A", "", "a'", "1a"])
def test_only_plain_words_stand_in_the_text(word: str) -> None:
    for kind, values in (((word, "config"), {}), (("s3", word), {}), (("s3", "config"), {word: "x"})):
        with pytest.raises(InvalidCredentialsError):
            statements.create(Recorder(), "mine", kind, values, (), replace=False)  # type: ignore[arg-type]


def test_a_secret_that_is_there_is_replaced_only_where_that_is_asked() -> None:
    con = connect()
    kind, values = ("http", "config"), {"bearer_token": SecureString("a")}
    for replace in (False, True):
        statements.create(con, "mine", kind, values, (), replace=replace)
    with pytest.raises(duckdb.Error, match="already exists"):
        statements.create(con, "mine", kind, values, (), replace=False)


def test_dropping_what_is_not_there_is_no_error() -> None:
    con = connect()
    statements.drop(con, "absent")
    statements.create(con, "mine", ("http", "config"), {"bearer_token": SecureString("a")}, (), replace=False)
    statements.drop(con, "MINE")
    assert names_in(con) == []
