"""From what a person types to one secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import SecretNotFoundError
from pondpilot_secrets.metadata.lookup import find
from tests.metadata.samples import saved

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.store import MetadataStore

ID = "6f1c1d8e-52e6-4d0c-9e53-0a6c2b1f7a10"


@pytest.mark.parametrize("asked", ["Prod_S3", "prod_s3", "PROD_S3", ID, ID.upper(), ID[:8], ID[:8].upper(), ID[:20]])
def test_secret_is_found_by_name_id_and_beginning_of_id(store: MetadataStore, asked: str) -> None:
    (secret,) = saved(store, "Prod_S3", id=ID)
    assert find(store.database, asked) == store.find(asked) == secret


@pytest.mark.parametrize("asked", [ID[:7], ID[1:], ID + "0", "", "prod", "%", "prod\ud800", "6f1c1d8g"])
def test_nothing_else_finds_it(store: MetadataStore, asked: str) -> None:
    saved(store, "Prod_S3", id=ID)
    with pytest.raises(SecretNotFoundError) as caught:
        store.find(asked)
    assert caught.value.code == 1002


def test_beginning_that_two_ids_share_is_refused(store: MetadataStore) -> None:
    saved(store, "a", id=ID)
    saved(store, "b", id=ID[:-1] + "1")
    with pytest.raises(SecretNotFoundError, match="more than one"):
        store.find(ID[:12])


def test_name_that_looks_like_another_id_takes_nobodys_place(store: MetadataStore) -> None:
    (victim,) = saved(store, "victim", id=ID)
    (impostor,) = saved(store, ID)
    assert store.find(ID) == victim
    assert store.find(impostor.id).name == ID


def test_name_wins_over_the_beginning_of_an_id(store: MetadataStore) -> None:
    saved(store, "other", id=ID)
    (named,) = saved(store, ID[:8])
    assert store.find(ID[:8]) == named


def test_misspelled_name_is_answered_with_the_nearest(store: MetadataStore) -> None:
    saved(store, "Prod_S3", "warehouse")
    with pytest.raises(SecretNotFoundError) as caught:
        store.find("prd_s3")
    assert caught.value.hint == "did you mean 'Prod_S3'?"


def test_nearest_name_is_found_in_a_large_vault_too(store: MetadataStore) -> None:
    saved(store, "warehouse", *(f"bulk{number}" for number in range(2500)))
    with pytest.raises(SecretNotFoundError) as caught:
        store.find("warehosue")
    assert caught.value.hint == "did you mean 'warehouse'?"


def test_many_are_found_in_the_order_asked_for(store: MetadataStore) -> None:
    a, b = saved(store, "a", "b")
    assert store.find_many(["b", a.id, "B"]) == [b, a, b]
    with pytest.raises(SecretNotFoundError, match="'missing'"):
        store.find_many(["a", "missing"])
