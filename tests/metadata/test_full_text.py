"""The index of large vaults: made once, kept right, done without where SQLite has none."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.full_text import LARGE, FullTextIndex
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import saved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    LargeFrom = Callable[[int], MetadataStore]


@pytest.fixture
def large(path: Path) -> Iterator[LargeFrom]:
    """Opens the vault so that it is large from so many secrets on."""
    with ExitStack() as stack:
        yield lambda number: stack.enter_context(MetadataStore(Database.open(path), large=number))


def test_an_ordinary_vault_has_no_index(store: MetadataStore) -> None:
    saved(store, *(f"n{number}" for number in range(50)))
    assert not FullTextIndex(store.database).is_present()
    assert LARGE == 20_000


def test_vault_that_grows_large_gets_an_index_of_all_it_has(large: LargeFrom) -> None:
    store = large(5)
    saved(store, "early1", "early2")
    assert not has_index(store)
    saved(store, "late1", "late2", "late3")
    assert has_index(store)
    saved(store, "later")
    assert [secret.name for secret in store.list(search="early")] == ["early1", "early2"]
    assert [secret.name for secret in store.list(search="later")] == ["later"]


def test_index_agrees_with_the_rows_after_every_kind_of_change(large: LargeFrom) -> None:
    store = large(1)
    first, second, third = saved(store, "first", "second", "third", tags=("x",))
    store.begin_update(replace(first, name="renamed", scopes=("s3://elsewhere/",), revision=2))
    store.finish_update(first.id)
    store.update_details(replace(second, description="words", tags=()))
    store.mark_deleting([third.id])
    store.remove([third.id])
    store.database.change("INSERT INTO secrets_text (secrets_text) VALUES ('integrity-check')")
    assert [secret.name for secret in store.list(search="elsewhere")] == ["renamed"]


def test_what_the_index_lost_is_found_again_once_it_is_rebuilt(large: LargeFrom) -> None:
    store = large(1)
    saved(store, "first", "second")
    store.database.change(
        "INSERT INTO secrets_text (secrets_text, rowid, haystack)"
        " SELECT 'delete', key, haystack FROM secrets WHERE name = 'first'"
    )
    assert store.list(search="first") == []
    store.rebuild_indexes()
    assert [secret.name for secret in store.list(search="first")] == ["first"]


def test_failed_save_past_the_limit_leaves_no_half_made_index(large: LargeFrom) -> None:
    store = large(1)

    def fail() -> None:
        with store.transaction():
            saved(store, "a")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not has_index(store)
    saved(store, "abcd")
    assert has_index(store)
    assert len(store.list(search="abc")) == 1


class WithoutFullText(Database):
    """As of an SQLite that was built without FTS5's trigrams."""

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        return super().change(sql.replace("'trigram'", "'unheard_of'"), parameters)


def test_sqlite_without_full_text_search_scans(path: Path) -> None:
    with MetadataStore(WithoutFullText.open(path), large=1) as store:
        saved(store, "a_prod_b")
        saved(store, "another")
        assert not has_index(store)
        assert [secret.name for secret in store.list(search="prod")] == ["a_prod_b"]


def test_other_process_made_the_index_and_this_one_uses_it(path: Path, store: MetadataStore, large: LargeFrom) -> None:
    saved(store, "one")
    assert store.list(search="one")
    saved(large(1), "two")
    saved(store, "three")
    assert [secret.name for secret in store.list(search="three")] == ["three"]
    store.database.change("INSERT INTO secrets_text (secrets_text) VALUES ('integrity-check')")


def test_index_that_this_sqlite_cannot_read_is_explained(store: MetadataStore) -> None:
    with pytest.raises(VaultError, match="lacks the full-text search") as caught:
        store.database.change("CREATE VIRTUAL TABLE x USING unheard_of(a)")
    assert "3.34" in (caught.value.hint or "")


def has_index(store: MetadataStore) -> bool:
    return bool(store.database.row("SELECT count(*) FROM sqlite_master WHERE name = 'secrets_text'")[0])
