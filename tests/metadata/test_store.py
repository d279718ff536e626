"""Each step of saving, editing and deleting, and what a crash between two of them leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError, NameTakenError, SecretNotFoundError, VaultBusyError
from pondpilot_secrets.models import SecretState
from tests.metadata.samples import NOW, sample, saved

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore

HOSTILE = [
    "Robert'); DROP TABLE secrets;--",
    'a"b',
    "a\\b",
    "\u202eevil",
    "naïve café",
    "🔑",
    "a\nb",
    "x" * 5000,
    "%",
    "_",
    "a\0b",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_every_text_comes_back_exactly(store: MetadataStore, text: str) -> None:
    secret = sample(text, scopes=(text, text + "/"), tags=(text,), description=text, expires_at=NOW, use_count=0)
    store.insert_pending(secret)
    store.mark_ready([secret.id])
    assert store.find(text) == replace(secret, state=SecretState.READY)
    assert store.find(secret.id).scopes == (text, text + "/")


def test_text_that_is_not_unicode_is_refused_by_field(store: MetadataStore) -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        store.insert_pending(sample(description="a\ud800"))
    assert caught.value.field == "description"


def test_pending_secret_is_seen_by_nobody_until_it_is_ready(store: MetadataStore) -> None:
    secret = sample(tags=("t",))
    store.insert_pending(secret)
    assert store.list() == store.list(tag="t") == store.list(search="prod") == []
    assert (store.count(), store.names(), store.revision_of("prod_s3")) == (0, [], None)
    with pytest.raises(SecretNotFoundError):
        store.find("prod_s3")
    store.mark_ready([secret.id])
    assert store.list() == store.list(tag="t") == store.list(search="prod") == [secret]
    assert store.revision_of("PROD_S3") == (secret.id, 1, SecretState.READY)


def test_unfinished_save_is_reported_and_blocks_its_name(store: MetadataStore) -> None:
    secret = replace(sample(), state=SecretState.PENDING)
    store.insert_pending(secret)
    assert [(row.metadata, row.proposal) for row in store.incomplete_writes()] == [(secret, None)]
    # Nobody can see a secret of that name, so it is not taken.
    with pytest.raises(VaultBusyError, match="is incomplete"):
        store.insert_pending(sample())


@pytest.mark.parametrize(
    ("first", "second"), [("Prod", "pROD"), ("Straße", "STRASSE"), ("caf\u00e9", "cafe\u0301"), ("Ω", "ω")]
)
def test_names_differ_by_more_than_case_and_composition(store: MetadataStore, first: str, second: str) -> None:
    saved(store, first)
    with pytest.raises(NameTakenError, match=second):
        store.insert_pending(sample(second))


def test_one_taken_name_of_many_is_named_and_none_is_inserted(store: MetadataStore) -> None:
    saved(store, "here")
    with pytest.raises(NameTakenError, match="'HERE'"):
        store.insert_pending([sample("new"), sample("HERE"), sample("newer")])
    assert store.incomplete_writes() == []


def test_one_name_twice_in_a_batch_is_refused(store: MetadataStore) -> None:
    with pytest.raises(NameTakenError, match="'Same'"):
        store.insert_pending([sample("same"), sample("Same")])
    assert store.incomplete_writes() == []


def test_edit_shows_old_values_until_it_is_finished(store: MetadataStore) -> None:
    (old,) = saved(store, "old", tags=("a",))
    new = replace(
        old,
        name="new",
        scopes=("s3://x/",),
        tags=("b", "B"),
        field_names=("key_id",),
        revision=2,
        updated_at=NOW + timedelta(1),
    )
    store.begin_update(new)
    assert store.find("old") == replace(old, state=SecretState.UPDATING)
    assert [(row.metadata.revision, row.proposal) for row in store.incomplete_writes()] == [(1, new)]
    store.finish_update(old.id)
    assert store.find("new") == new
    assert (store.list(tag="a"), store.list(tag="b"), store.incomplete_writes()) == ([], [new], [])
    assert store.list(search="s3://x") == [new]
    with pytest.raises(SecretNotFoundError):
        store.find("old")


def test_abandoned_edit_leaves_no_trace(store: MetadataStore) -> None:
    (old,) = saved(store, "old")
    store.begin_update(replace(old, name="new", revision=2))
    store.roll_back_update(old.id)
    assert store.find("old") == old
    saved(store, "new")


def test_name_that_an_unfinished_edit_will_take_is_taken(store: MetadataStore) -> None:
    old, other = saved(store, "old", "other")
    store.begin_update(replace(old, name="new", revision=2))
    with pytest.raises(NameTakenError):
        store.insert_pending(sample("NEW"))
    with pytest.raises(NameTakenError):
        store.update_details(replace(other, name="New"))
    with pytest.raises(NameTakenError):
        store.begin_update(replace(other, name="new"))
    store.finish_update(old.id)


def test_edit_to_a_taken_name_is_refused(store: MetadataStore) -> None:
    old, other = saved(store, "old", "other")
    for call in (store.begin_update, store.update_details):
        with pytest.raises(NameTakenError):
            call(replace(old, name="OTHER"))
    assert store.find("old") == old
    assert store.find("other") == other


def test_second_edit_waits_for_the_first_to_be_settled(store: MetadataStore) -> None:
    (old,) = saved(store, "old")
    store.begin_update(replace(old, revision=2))
    with pytest.raises(VaultBusyError):
        store.begin_update(replace(old, revision=2))


def test_use_that_is_counted_during_an_edit_is_kept(store: MetadataStore) -> None:
    (old,) = saved(store, "old")
    store.begin_update(replace(old, revision=2))
    store.record_use([old.id], NOW)
    store.finish_update(old.id)
    assert (store.find("old").use_count, store.find("old").last_used_at) == (1, NOW)


def test_details_change_without_a_new_revision(store: MetadataStore) -> None:
    (old,) = saved(store, "old", tags=("a",), description="before")
    new = replace(old, name="OLD", tags=("b",), description=None, expires_at=NOW)
    store.update_details(new)
    assert store.find("old") == new
    assert (store.list(search="before"), store.list(tag="a"), store.list(tag="b")) == ([], [], [new])


def test_editing_what_is_gone_says_so(store: MetadataStore) -> None:
    ghost = sample()
    for call in (store.begin_update, store.update_details):
        with pytest.raises(SecretNotFoundError):
            call(ghost)
    for by_id in (store.finish_update, lambda id_: store.mark_ready([id_])):
        with pytest.raises(SecretNotFoundError):
            by_id(ghost.id)


def test_deleting_secret_is_hidden_at_once_and_then_gone(store: MetadataStore) -> None:
    secret, kept = saved(store, "a", "b", tags=("t",))
    store.mark_deleting([secret.id])
    assert store.list() == store.list(tag="t") == [kept]
    assert [row.metadata.state for row in store.incomplete_writes()] == [SecretState.DELETING]
    store.remove([secret.id])
    assert store.incomplete_writes() == []
    assert store.database.row("SELECT count(*) FROM secret_tags")[0] == 1
    saved(store, "a")


def test_last_use_never_goes_back(store: MetadataStore) -> None:
    (secret,) = saved(store, "a")
    store.record_use([secret.id], NOW)
    store.record_use([secret.id], NOW - timedelta(days=3))
    assert (store.find("a").last_used_at, store.find("a").use_count) == (NOW, 2)


def test_settings_are_kept_replaced_and_removed(store: MetadataStore) -> None:
    assert store.setting("store") is None
    store.set_setting("store", "file")
    store.set_setting("store", "system")
    assert store.setting("store") == "system"
    store.set_setting("store", None)
    assert store.setting("store") is None
