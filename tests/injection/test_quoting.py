"""Texts that stand in a statement: names and targets are only that, whatever is in them."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.injection.quoting import folded, identifier, literal, option
from tests.injection.helpers import as_listed

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
CON = duckdb.connect()


@given(TEXTS)
def test_an_identifier_is_one_name(name: str) -> None:
    assert CON.execute(f"SELECT 1 AS {identifier(name)}").description[0][0] == name


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40))
def test_a_literal_is_one_text(text: str) -> None:
    assert CON.execute(f"SELECT {literal(text)}").fetchone() == (text,)


@pytest.mark.parametrize("quote", [identifier, literal])
@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_what_duckdb_cannot_read_is_refused(quote, text: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        quote(text)


def test_a_name_must_not_be_empty_and_a_target_may() -> None:
    with pytest.raises(InvalidCredentialsError):
        identifier("")
    assert literal("") == "''"


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (7, "7"), ("it's", "'it''s'"), ("true", "'true'")]
)
def test_an_option_stands_as_its_type(value: str | int | bool, text: str) -> None:
    assert option(value) == text


@pytest.mark.parametrize(
    ("name", "shown"), [("Prod_S3", "prod_s3"), ("ÄPFEL", "Äpfel"), ("İ", "İ"), ("ẞ", "ẞ"), ("straße", "straße")]
)
def test_names_are_compared_as_duckdb_compares_them(name: str, shown: str) -> None:
    assert folded(name) == shown
    con = duckdb.connect()
    con.execute(f"CREATE TEMPORARY SECRET {identifier(name)} (TYPE http)")
    assert con.execute("SELECT name FROM duckdb_secrets()").fetchall() == [(as_listed(name),)]
    with pytest.raises(duckdb.Error, match="already exists"):
        con.execute(f"CREATE TEMPORARY SECRET {identifier(shown)} (TYPE http)")
