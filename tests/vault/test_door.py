"""The design's own list: save, list, get, delete, update, with many secrets a type, tags, scopes and descriptions."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pondpilot_secrets import SecretError, SecretsManager, SecureString
from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.vault.drafts import Draft
from tests.vault.parts import parts
from tests.vault.stores import open_vault

S3 = {"key_id": "AKIA", "secret": "marker-secret", "region": "eu-west-1"}


def values(vault: SecretsManager, name: str) -> dict[str, str]:
    with vault.get_secret(name) as secret:
        return {field: value.expose() for field, value in secret.credentials.items()}


def code_of(call) -> int:
    with pytest.raises(SecretError) as caught:
        call()
    assert "marker" not in f"{caught.value} {caught.value.hint}"
    return caught.value.code


def test_what_was_saved_comes_back_exactly(vault: SecretsManager) -> None:
    saved = vault.save_secret("s3", "prod", S3, scope="s3://prod", tags=["a", "b", "a"], description="the lake")
    assert (saved.type, saved.provider, saved.scopes, saved.tags) == ("s3", "config", ("s3://prod/",), ("a", "b"))
    assert saved.field_names == ("key_id", "region", "secret")
    assert values(vault, "prod") == S3
    assert vault.find_secret("PROD").description == "the lake"
    assert vault.find_secret(saved.id).name == "prod"


def test_the_designs_field_names_are_accepted(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "pg", {"host": "h", "username": "u", "secret": "p", "ssl_mode": "require"})
    assert values(vault, "pg") == {"host": "h", "user": "u", "password": "p", "sslmode": "require"}


def test_many_secrets_of_one_type_are_listed_by_name(vault: SecretsManager) -> None:
    for name in ("zeta", "Alpha", "midway"):
        vault.save_secret("s3", name, S3, tags=[name])
    vault.save_secret("huggingface", "hub", {"token": "hf_x"})
    assert [row.name for row in vault.list_secrets()] == ["Alpha", "hub", "midway", "zeta"]
    assert [row.name for row in vault.list_secrets(type="s3")] == ["Alpha", "midway", "zeta"]
    assert [row.name for row in vault.list_secrets(tag="zeta")] == ["zeta"]
    assert [row.name for row in vault.list_secrets(search="mid")] == ["midway"]
    assert [row.name for row in vault.list_secrets(limit=2)] == ["Alpha", "hub"]


def test_an_update_merges_fields_and_none_removes_one(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3)
    changed = vault.update_secret("prod", fields={"secret_access_key": "new", "region": None})
    assert values(vault, "prod") == {"key_id": "AKIA", "secret": "new"}
    assert (changed.revision, changed.field_names) == (2, ("key_id", "secret"))


def test_details_change_without_touching_the_credential(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3)
    changed = vault.update_secret("prod", name="production", tags=["t"], description="d")
    assert (changed.name, changed.tags, changed.description, changed.revision) == ("production", ("t",), "d", 1)
    assert values(vault, "production") == S3
    assert code_of(lambda: vault.find_secret("prod")) == 1002


def test_a_changed_scope_is_a_new_revision(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3, scope="s3://a/")
    assert vault.update_secret("prod", scope="s3://b").revision == 2
    assert vault.find_secret("prod").scopes == ("s3://b/",)
    assert values(vault, "prod") == S3


def test_a_deleted_secret_is_gone_from_both_stores(vault: SecretsManager) -> None:
    account = vault.save_secret("s3", "prod", S3).account
    vault.delete_secret("prod")
    assert vault.list_secrets() == []
    assert account not in parts(vault).keychain.list_accounts()
    assert code_of(lambda: vault.get_secret("prod")) == 1002


def test_a_batch_is_saved_and_read_in_order(vault: SecretsManager) -> None:
    names = [f"n{number}" for number in range(20)]
    vault.save_secrets([Draft("s3", name, {"key_id": name, "secret": f"value of {name}"}) for name in names])
    opened = vault.get_secrets(list(reversed(names)))
    assert [secret.credentials["key_id"].expose() for secret in opened] == list(reversed(names))
    for secret in opened:
        secret.close()


def test_a_batch_with_one_bad_draft_saves_nothing(vault: SecretsManager) -> None:
    drafts = [Draft("s3", "good", S3), Draft("postgres", "bad", {"host": "h", "port": 70000})]
    assert code_of(lambda: vault.save_secrets(drafts)) == 1003
    assert vault.list_secrets() == []


def test_a_taken_name_is_refused_whatever_its_case(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3)
    assert code_of(lambda: vault.save_secret("gcs", "PROD", {"key_id": "a", "secret": "marker"})) == 1009
    vault.save_secret("s3", "other", S3)
    assert code_of(lambda: vault.update_secret("other", name="Prod")) == 1009
    assert values(vault, "prod") == S3


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


def test_an_edit_that_breaks_a_rule_changes_nothing(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "pg", {"host": "h", "password": "p"})
    assert code_of(lambda: vault.update_secret("pg", fields={"port": 0}, tags=["t"])) == 1003
    assert values(vault, "pg") == {"host": "h", "password": "p"}
    assert vault.find_secret("pg").tags == ()


def test_values_can_be_given_as_secure_strings_and_maps(vault: SecretsManager) -> None:
    headers = {"X-Api-Key": SecureString("k"), "X-Other": "o"}
    vault.save_secret("http", "api", {"extra_http_headers": headers}, scope="https://api.example.com")
    assert values(vault, "api") == {"extra_http_headers": '{"X-Api-Key":"k","X-Other":"o"}'}


def test_a_reference_follows_the_secret_that_it_names(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "catalog", {"host": "h", "password": "p"})
    vault.save_secret("ducklake", "lake", {"catalog_secret": "catalog", "catalog_type": "postgres", "data_path": "/d"})
    vault.update_secret("catalog", name="renamed")
    assert vault.describe_secret("lake")[1]["catalog_secret"] == "renamed"
    fields = {"catalog_secret": "nobody", "catalog_type": "postgres"}
    assert code_of(lambda: vault.save_secret("ducklake", "lake2", fields)) == 1003


def test_describing_shows_only_what_is_not_sensitive(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3)
    shown = vault.describe_secret("prod")[1]
    assert shown["region"] == "eu-west-1"
    assert "secret" not in shown


def test_opened_credentials_are_wiped_at_the_end_of_their_block(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3)
    with vault.get_secret("prod") as secret:
        value = secret.credentials["secret"]
        assert value.expose() == "marker-secret"
        assert "marker" not in repr(secret)
    assert value.closed


def test_each_use_is_counted_and_audited(vault: SecretsManager) -> None:
    vault.save_secret("s3", "prod", S3)
    for _ in range(3):
        vault.get_secret("prod").close()
    row = vault.find_secret("prod")
    assert row.use_count == 3
    assert row.last_used_at is not None
    assert parts(vault).audit.verify().ok


def test_a_vault_reopened_knows_its_secrets_and_its_store(home: Path, store: str) -> None:
    with open_vault(home, store) as vault:
        vault.save_secret("s3", "prod", S3)
    with open_vault(home, store) as vault:
        assert values(vault, "prod") == S3
        assert parts(vault).metadata.setting("store") == store


def test_an_item_deleted_by_another_program_is_missing_and_can_be_mended(vault: SecretsManager) -> None:
    account = vault.save_secret("s3", "prod", S3).account
    parts(vault).keychain.delete(account)
    assert code_of(lambda: vault.get_secret("prod")) == 1016
    assert vault.find_secret("prod").name == "prod"
    vault.update_secret("prod", fields=S3)
    assert values(vault, "prod") == S3


def test_an_item_edited_by_another_program_is_told_from_ours(vault: SecretsManager) -> None:
    account = vault.save_secret("s3", "prod", S3).account
    parts(vault).keychain.set(account, b'{"key_id":"AKIA","secret":"marker-edited"}')
    assert code_of(lambda: vault.get_secret("prod")) == 1017
    vault.update_secret("prod", fields=S3)
    assert values(vault, "prod") == S3


def test_an_older_item_put_back_is_told_from_the_newest(vault: SecretsManager) -> None:
    account = vault.save_secret("s3", "prod", S3).account
    old = parts(vault).keychain.get(account)
    vault.update_secret("prod", fields={"secret": "rotated"})
    parts(vault).keychain.set(account, old)
    assert code_of(lambda: vault.get_secret("prod")) == 1017


def test_a_missing_grant_is_named(home: Path) -> None:
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "prod", S3)
    key_file = home.with_suffix(".key")
    access = Access("mcp", frozenset({Grant.LIST, Grant.USE}))
    with SecretsManager.open(home, "file", key_file=key_file, access=access) as vault:
        assert [row.name for row in vault.list_secrets()] == ["prod"]
        assert code_of(lambda: vault.get_secret("prod")) == 1011
        assert code_of(lambda: vault.delete_secret("prod")) == 1011


@pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")
def test_the_vaults_files_are_for_their_owner_only(home: Path) -> None:
    with open_vault(home, "file") as vault:
        vault.save_secret("s3", "prod", S3)
        assert home.stat().st_mode & 0o777 == 0o700
        for file in home.iterdir():
            assert file.stat().st_mode & 0o077 == 0, file.name


def test_a_lost_key_of_the_log_stops_all_that_must_be_recorded_until_a_person_begins_anew(
    vault: SecretsManager,
) -> None:
    vault.save_secret("s3", "prod", S3)
    keychain, own = parts(vault).keychain, f"vault:{parts(vault).metadata.setting('vault_id')}"
    keychain.delete(own)
    vault.lock()
    assert code_of(lambda: vault.get_secret("prod")) == 1012
    assert code_of(lambda: vault.delete_secret("prod")) == 1012
    parts(vault).metadata.set_setting("vault_id", "another")  # looking for another key is no way round it
    assert code_of(lambda: vault.get_secret("prod")) == 1012
    vault.restart_audit("the keychain was emptied")
    assert values(vault, "prod") == S3
    check = parts(vault).audit.verify()
    assert (check.ok, check.earlier_rows) == (True, 1)


def test_the_log_of_a_new_vault_can_be_begun_anew(home: Path, store: str) -> None:
    with open_vault(home, store) as vault:
        vault.restart_audit("why not")
        vault.save_secret("s3", "prod", S3)
        assert parts(vault).audit.verify().ok
        assert "vault:None" not in parts(vault).keychain.list_accounts()
        vault.delete_secret("prod")


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


def test_every_name_of_a_field_counts_where_all_are_given_anew(vault: SecretsManager) -> None:
    about = vault.save_secret("s3", "prod", S3, inject_only=True)
    parts(vault).keychain.delete(about.account)
    anew = {"access_key_id": "AKIA2", "secret_access_key": "s2", "aws_region": "eu-west-3", "expires": "12h"}
    vault.update_secret("prod", fields=anew, inject_only=False)
    assert values(vault, "prod") == {"key_id": "AKIA2", "secret": "s2", "region": "eu-west-3"}
    assert vault.find_secret("prod").expires_at is not None


def test_a_secret_that_is_named_twice_is_deleted_and_recorded_once(vault: SecretsManager) -> None:
    about = vault.save_secret("s3", "prod", S3)
    assert [gone.id for gone in vault.delete_secrets(["prod", "PROD", about.id])] == [about.id]
    assert [entry.action for entry in parts(vault).audit_reader.entries(None)].count("delete") == 1
