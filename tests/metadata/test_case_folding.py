"""One form for texts that differ by case or composition only, and what a search looks at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.metadata.case_folding import TAG_DELIMITER, delimited_tag, fold, search_text
from tests.metadata.samples import sample


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Prod", "PROD"),
        ("é", "e\u0301"),
        ("É", "e\u0301"),
        ("Straße", "STRASSE"),
        ("ﬁn", "FIN"),
        ("Σ", "ς"),
        ("Å", "Å"),
    ],
)
def test_case_and_composition_make_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("a", "b"), ("e", "é"), ("a b", "ab"), ("ı", "i"), ("１", "1")])
def test_other_differences_do(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_what_is_folded_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_a_search_looks_at_name_type_tags_description_and_scopes() -> None:
    text = search_text(
        sample("Prod", type="s3", tags=("EU", "x"), description="Nightly", scopes=("s3://A/", "s3://b/"))
    )
    d = TAG_DELIMITER
    assert text.split("\n") == ["prod", "s3", f"{d}eu{d}x{d}", "nightly", "s3://a/ s3://b/"]
    assert delimited_tag("eU") in text
    assert delimited_tag("e") not in text


def test_no_text_can_pretend_to_be_a_tag_or_another_part() -> None:
    text = search_text(sample("a\nb", description=f"{TAG_DELIMITER}eu{TAG_DELIMITER}", tags=()))
    assert delimited_tag("eu") not in text
    assert text.split("\n")[0] == "a b"


def test_of_a_long_description_the_beginning_is_looked_at() -> None:
    text = search_text(sample(description="x" * 2000 + "needle"))
    assert "needle" not in text
    assert "x" * 2000 in text
