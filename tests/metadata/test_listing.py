"""Listing and searching, with the full-text index and without: both must give the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.full_text import LARGE, FullTextIndex
from pondpilot_secrets.metadata.listing import Listing, find_all
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import sample, saved

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(params=["scanned", "indexed"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(path: Path, way: str) -> Iterator[MetadataStore]:
    with MetadataStore(Database.open(path), large=0 if way == "indexed" else LARGE) as opened:
        yield opened


def names(store: MetadataStore, **wanted: object) -> list[str]:
    return [secret.name for secret in store.list(**wanted)]  # type: ignore[arg-type]


def test_secrets_come_by_name_whatever_its_case(store: MetadataStore) -> None:
    saved(store, "b", "A", "c", "É", "e")
    assert names(store) == ["A", "b", "c", "e", "É"]


def test_pages_follow_each_other_without_gap_or_repetition(store: MetadataStore) -> None:
    saved(store, *(f"Name{number:02}" for number in range(25)), tags=("t",))
    for wanted in ({}, {"tag": "t"}, {"type": "s3"}, {"search": "name"}, {"search": "name", "tag": "t"}):
        pages, after = [], None
        while page := names(store, limit=10, after=after, **wanted):
            pages.append(page)
            after = page[-1]
        assert [len(page) for page in pages] == [10, 10, 5]
        assert [name for page in pages for name in page] == names(store)
    assert names(store, limit=0) == []


@pytest.mark.parametrize(
    "word", ["prod", "my_prod_s3", "PROD", "d_s", "s3", "analytics", "nightly", "s3://lake/", "lake", "ÉTÉ", "_"]
)
def test_word_is_found_in_any_part_of_any_text(store: MetadataStore, word: str) -> None:
    saved(store, "my_prod_s3", tags=("analytics", "été"), description="Nightly loads", scopes=("s3://lake/raw/",))
    saved(store, "zz", type="http", scopes=())
    assert names(store, search=word) == ["my_prod_s3"]


def test_all_words_must_be_there_in_any_order_and_place(store: MetadataStore) -> None:
    saved(store, "prod_lake", tags=("eu",))
    saved(store, "prod_pg", tags=("us",))
    assert names(store, search=" eu   PROD ") == ["prod_lake"]
    assert names(store, search="prod mars") == []
    assert names(store, search="   ") == ["prod_lake", "prod_pg"]


@pytest.mark.parametrize(
    "word",
    [
        "%",
        "_",
        '"',
        "*",
        "'",
        "NEAR",
        "a AND b",
        "NOT",
        "prod*",
        "-x",
        "name:prod",
        "(",
        "^p",
        "x\0y",
        '""',
        "?1",
        "\\",
    ],
)
def test_signs_and_words_with_a_meaning_elsewhere_mean_themselves(store: MetadataStore, word: str) -> None:
    saved(store, "plain", description="empty")
    assert names(store, search=word) == []
    saved(store, f"with {word} inside")
    assert names(store, search=word) == ([] if "\0" in word else [f"with {word} inside"])


def test_search_type_and_tag_narrow_each_other(store: MetadataStore) -> None:
    saved(store, "a1", "a2", tags=("Team X", "x"))
    saved(store, "a3", type="http", tags=("team x",))
    saved(store, "b1", tags=("team xy",), description="team x")
    assert names(store, tag="TEAM X") == ["a1", "a2", "a3"]
    assert names(store, tag="team x", type="S3", search="2") == ["a2"]
    assert names(store, tag="team x", search="team") == ["a1", "a2", "a3"]
    assert names(store, type="http") == ["a3"]
    assert names(store, type="s3", search="team") == ["a1", "a2", "b1"]
    assert names(store, tag="team") == []


@pytest.mark.parametrize("few", [0, 3])
def test_common_words_and_tags_take_the_other_way_to_the_same_result(path: Path, way: str, few: int) -> None:
    store = MetadataStore(Database.open(path), large=0 if way == "indexed" else LARGE, few=few)
    saved(store, *(f"common{number}" for number in range(9)), tags=("all",))
    assert names(store, search="common", tag="all", limit=4) == ["common0", "common1", "common2", "common3"]
    assert names(store, search="common7") == ["common7"]
    store.close()


def test_search_follows_every_change(store: MetadataStore) -> None:
    from dataclasses import replace

    (secret,) = saved(store, "before")
    store.update_details(replace(secret, name="after"))
    assert (names(store, search="before"), names(store, search="after")) == ([], ["after"])
    store.remove([secret.id])
    assert names(store, search="after") == []


def test_more_words_than_anybody_types_are_refused(store: MetadataStore) -> None:
    with pytest.raises(UsageError, match="100 words"):
        store.list(search=" ".join(str(number) for number in range(101)))
    assert store.list(search="same " * 1000) == store.list(search="long" * 20_000) == []


def test_lone_surrogate_finds_nothing(store: MetadataStore) -> None:
    saved(store, "a")
    assert store.list(search="\ud800") == store.list(tag="\ud800") == store.list(type="\ud800") == []


def test_names_are_completed_whatever_their_case(store: MetadataStore) -> None:
    saved(store, "Prod_a", "prod_b", "dev", "%x")
    assert store.names("PR") == ["Prod_a", "prod_b"]
    assert store.names("%") == ["%x"]
    assert store.names() == ["%x", "dev", "Prod_a", "prod_b"]
    assert store.names("", limit=1) == ["%x"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12), st.data())
def test_any_part_of_a_description_finds_its_secret(store: MetadataStore, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    secret = sample(str(store.count()), description=text)
    store.insert_pending(secret)
    store.mark_ready([secret.id])
    from unicodedata import is_normalized

    if is_normalized("NFD", text):  # a part cut out of a composition is another text
        assert secret.id in {found.id for found in store.list(search=part)}


def test_a_listing_that_names_nothing_is_of_all(store: MetadataStore) -> None:
    secrets = saved(store, "a", "b")
    assert find_all(store.database, Listing(), FullTextIndex(store.database)) == secrets


def test_index_is_made_only_for_large_vaults(store: MetadataStore, way: str) -> None:
    saved(store, "a")
    made = store.database.row("SELECT count(*) FROM sqlite_master WHERE name = 'secrets_text'")[0]
    assert made == (1 if way == "indexed" else 0)
