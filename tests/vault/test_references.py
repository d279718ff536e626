"""References from one secret to another: by id, never in a circle, and to nobody who is not there."""

from __future__ import annotations

import contextlib

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.vault.references import ReferenceResolver, references_of
from tests.vault.parts import parts
from tests.vault.stores import code_of


def test_a_reference_follows_the_secret_that_it_names(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "catalog", {"host": "h", "password": "p"})
    vault.save_secret("ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"})
    vault.update_secret("catalog", name="renamed")
    assert vault.describe_secret("lake")[1]["catalog_secret"] == "renamed"
    fields = {"catalog_secret": "nobody", "catalog_type": "postgres"}
    assert code_of(lambda: vault.save_secret("ducklake", "lake2", fields)) == 1003


def test_a_reference_never_leads_back_to_its_own_secret(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "catalog", {"host": "h"})
    vault.save_secret("ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"})
    vault.save_secret("ducklake", "sea", {"catalog_secret": "lake", "catalog_type": "postgres", "data_path": "/d"})
    for name in ("lake", "sea"):
        with pytest.raises(InvalidCredentialsError, match="refers to it itself") as caught:
            vault.update_secret("lake", fields={"catalog_secret": name})
        assert caught.value.field == "catalog_secret"
    vault.update_secret("sea", fields={"catalog_secret": "catalog"})
    vault.update_secret("lake", fields={"catalog_secret": "sea"})
    assert vault.describe_secret("lake")[1]["catalog_secret"] == "sea"


def test_a_secret_whose_reference_is_gone_keeps_no_other_from_being_tried(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "catalog", {"host": "127.0.0.1", "port": 1})
    vault.save_secret("ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"})
    vault.save_secret("postgres", "other", {"host": "127.0.0.1", "port": 1})
    vault.delete_secret("catalog")
    results = dict(vault.test_secrets(["lake", "other"]))
    assert set(results) == {"lake", "other"}
    assert (results["lake"].ok, results["other"].reason) == (False, "unreachable")
    assert "no secret" in results["lake"].message


LAKE = {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"}


def test_the_ids_that_an_open_secret_refers_to_are_told_by_field(vault: SecretsManager) -> None:
    catalog = vault.save_secret("postgres", "catalog", {"host": "h", "password": "p"})
    vault.save_secret("ducklake", "lake", LAKE)
    with vault.get_secret("lake") as lake:
        assert references_of(lake, registry.get("ducklake")) == {"catalog_secret": catalog.id}
    with vault.get_secret("catalog") as opened:
        assert references_of(opened, registry.get("postgres")) == {}


def test_the_value_that_is_made_for_an_id_is_its_owners(vault: SecretsManager) -> None:
    catalog = vault.save_secret("postgres", "catalog", {"host": "h", "password": "p"})
    name = SecureString("CATALOG")
    fields = {"catalog_secret": name}
    provider = registry.get("ducklake").provider(None)
    with contextlib.ExitStack() as owner:
        ReferenceResolver(parts(vault).metadata, parts(vault).shared.items).resolve(provider, fields, None, owner)
        made = fields["catalog_secret"]
        assert made.expose() == catalog.id
    assert made.closed
    assert name.expose() == "CATALOG"


def test_a_reference_whose_secret_was_deleted_is_passed_over_when_circles_are_looked_for(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "catalog", {"host": "h", "password": "p"})
    vault.save_secret("ducklake", "lake", LAKE)
    vault.delete_secret("catalog")
    vault.save_secret("postgres", "catalog", {"host": "h", "password": "p"})
    vault.update_secret("lake", fields={"catalog_secret": "catalog"})
    assert vault.describe_secret("lake")[1]["catalog_secret"] == "catalog"
