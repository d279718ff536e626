"""Corruption that SQLite does not notice: each kind is found, told from the others, and nothing else is called so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.metadata.integrity import Corruption, find_corruption, is_sound_proposal
from tests.metadata.samples import saved

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore


@pytest.fixture(autouse=True)
def vault(store: MetadataStore) -> None:
    """Three secrets: one plain, one with tags, and one with an edit under way."""
    saved(store, "plain")
    saved(store, "tagged", tags=("EU", "été"))
    (edited,) = saved(store, "edited")
    store.begin_update(replace(edited, name="renamed", revision=2))


def run(store: MetadataStore, sql: str) -> Corruption:
    store.database.change(sql)
    return find_corruption(store.database)


def names(corruption: Corruption) -> tuple[int, list[str], list[str]]:
    unreadable, corrupt, unindexed = corruption
    return len(unreadable), [row.name for row in corrupt], [row.name for row in unindexed]


def test_a_sound_vault_has_none(store: MetadataStore) -> None:
    found = find_corruption(store.database)
    assert not found
    assert found == Corruption((), (), ()) == ((), (), ())


@pytest.mark.parametrize(
    "change",
    [
        "scopes = '[]'",
        "type = 's4'",
        "description = 'x'",
        "revision = 9",
        "inject_only = 1",
        "expires_at = 5",
        "checksum = 0",
    ],
)
def test_a_row_that_was_changed_is_corrupt(store: MetadataStore, change: str) -> None:
    assert names(run(store, f"UPDATE secrets SET {change} WHERE name = 'plain'")) == (0, ["plain"], [])


def test_a_row_that_cannot_be_read_is_unreadable(store: MetadataStore) -> None:
    assert names(run(store, "UPDATE secrets SET created_at = 'x' WHERE name = 'plain'")) == (1, [], [])


def test_text_that_is_not_utf_8_is_unreadable(store: MetadataStore) -> None:
    sql = "UPDATE secrets SET description = CAST(x'ff' AS TEXT) WHERE name = 'plain'"
    assert names(run(store, sql)) == (1, [], [])


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE secrets SET haystack = 'x' WHERE name = 'tagged'",
        "UPDATE secrets SET name_key = 'x' WHERE name = 'tagged'",
        "DELETE FROM secret_tags WHERE tag_key = 'eu'",
        "UPDATE secret_tags SET tag_key = 'us' WHERE tag_key = 'eu'",
        "UPDATE secret_tags SET name_key = 'x' WHERE tag_key = 'eu'",
    ],
)
def test_a_row_that_a_search_or_tag_does_not_lead_to_is_unindexed(store: MetadataStore, change: str) -> None:
    assert names(run(store, change)) == (0, [], ["tagged"])


def test_letters_that_another_unicode_folds_otherwise_are_none(store: MetadataStore) -> None:
    assert not run(store, "UPDATE secret_tags SET tag_key = 'ètè' WHERE tag_key = 'été'")


def test_a_tag_that_leads_to_no_secret_is_told(store: MetadataStore) -> None:
    store.database.change("PRAGMA foreign_keys = OFF")
    found = run(store, "INSERT INTO secret_tags VALUES ('lost', 'x', 777)")
    assert found.unreadable[-1] == "the tag 'lost' of 'x' leads to no secret"


@pytest.mark.parametrize("proposal", ["'no JSON'", "'[]'", "x'ff'", "json_set(proposal, '$[1]', 'other')"])
def test_an_edit_that_cannot_be_completed_is_told(store: MetadataStore, proposal: str) -> None:
    found = run(store, f"UPDATE secrets SET proposal = {proposal} WHERE name = 'edited'")
    assert found.unreadable == ("what an incomplete edit makes of 'edited' is unreadable",)
    assert not is_sound_proposal(
        store.database, store.database.row("SELECT proposal FROM secrets WHERE name = 'edited'")[0]
    )


def test_within_a_transaction_it_sees_what_the_transaction_did(store: MetadataStore) -> None:
    with store.transaction():
        store.database.change("UPDATE secrets SET revision = 9 WHERE name = 'plain'")
        assert names(find_corruption(store.database)) == (0, ["plain"], [])
        store.database.change("UPDATE secrets SET revision = 1 WHERE name = 'plain'")
    assert not find_corruption(store.database)
