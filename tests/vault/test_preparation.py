"""What is asked for is validated before anything is saved."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest

from pondpilot_secrets import UNCHANGED, Draft, SecretsManager, SecureString
from pondpilot_secrets.vault import preparation
from pondpilot_secrets.vault.drafts import Changes
from pondpilot_secrets.vault.references import ReferenceResolver
from tests.vault.parts import parts
from tests.vault.stores import S3, code_of, values


@pytest.mark.parametrize(
    ("type_", "fields"),
    [
        ("nonsense", {}),
        ("postgres", {"port": "marker"}),
        ("postgres", {"pasword": "marker"}),
        ("s3", {"endpoint": "https://marker.example"}),
        ("http", {"bearer_token": "marker\r\nX: y"}),
        ("azure", {"account_name": "a", "account_key": "marker!"}),
    ],
)
def test_bad_input_is_refused_before_anything_is_saved(vault: SecretsManager, type_: str, fields: dict) -> None:
    assert code_of(lambda: vault.save_secret(type_, "bad", fields, scope="*" if type_ == "http" else None)) == 1003
    assert vault.list_secrets() == []
    assert parts(vault).metadata.incomplete_writes() == []


def test_values_can_be_given_as_secure_strings_and_maps(vault: SecretsManager) -> None:
    headers = {"X-Api-Key": SecureString("k"), "X-Other": "o"}
    vault.save_secret("http", "api", {"extra_http_headers": headers}, scope="https://api.example.com")
    assert values(vault, "api") == {"extra_http_headers": '{"X-Api-Key":"k","X-Other":"o"}'}


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def resolver(vault: SecretsManager) -> ReferenceResolver:
    return ReferenceResolver(parts(vault).metadata, parts(vault).shared.items)


def test_a_draft_becomes_metadata_and_fields_that_are_closed_with_their_owner(vault: SecretsManager) -> None:
    theirs = SecureString("marker-secret")
    draft = Draft("S3", "lake", {**S3, "secret": theirs, "use_ssl": True}, tags=(" a ", "", "a", "b"), expires="12h")
    with contextlib.ExitStack() as owner:
        prepared = preparation.prepare(draft, NOW, resolver(vault), owner)
        assert (prepared.metadata.type, prepared.metadata.tags) == ("s3", ("a", "b"))
        assert prepared.metadata.expires_at == NOW + timedelta(hours=12)
        assert prepared.metadata.field_names == tuple(sorted(prepared.fields))
        assert "marker" not in repr(prepared)
        made = prepared.fields["use_ssl"]
        assert made.expose() == "true"
    assert made.closed
    assert not theirs.closed


def test_a_row_is_changed_by_what_is_given_and_by_nothing_else(vault: SecretsManager) -> None:
    old = vault.save_secret("s3", "lake", S3, scope="s3://lake/", tags=["one"], description="d", expires="1h")
    assert preparation.changed_metadata(old, Changes(), old.updated_at) == old
    new = preparation.changed_metadata(old, Changes(description=None, tags=(), expires="never"), NOW)
    assert (new.description, new.tags, new.expires_at, new.updated_at) == (None, (), None, NOW)
    assert (new.name, new.scopes) == (old.name, old.scopes)


def test_fields_count_under_whichever_name_they_are_given(vault: SecretsManager) -> None:
    old = vault.save_secret("s3", "lake", S3)
    assert preparation.names_given(old, {"access_key_id": "x", "secret_access_key": "y"}) == {"key_id", "secret"}
    assert preparation.given_fields(Changes(fields=UNCHANGED)) == {}


def test_fields_merge_and_none_removes_one(vault: SecretsManager) -> None:
    old = vault.save_secret("s3", "lake", S3)
    with contextlib.ExitStack() as owner, vault.get_secret("lake") as secret:
        given = {"region": None, "secret": "new", "expires": "2h"}
        fields, stated = preparation.merge(old, secret.credentials, given, resolver(vault), owner)
        assert {name: value.expose() for name, value in fields.items()} == {"key_id": "AKIA", "secret": "new"}
        assert stated == "2h"
        new = preparation.with_new_values(old, old, secret.credentials, fields, stated)
        assert new.field_names == ("key_id", "secret")
        assert new.expires_at == old.updated_at + timedelta(hours=2)


def test_an_expiry_that_is_given_beside_the_fields_is_not_touched_by_them(vault: SecretsManager) -> None:
    old = vault.save_secret("s3", "lake", S3, expires="1h")
    with vault.get_secret("lake") as secret, SecureString("new") as value:
        fields = {**secret.credentials, "secret": value}
        assert preparation.with_new_values(old, old, secret.credentials, fields, UNCHANGED).expires_at == old.expires_at
        assert preparation.with_new_values(old, old, secret.credentials, fields, None).expires_at is None
