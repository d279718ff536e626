"""Saving, changing and deleting secrets in two stores that agree."""

from __future__ import annotations

from pathlib import Path

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.keychain.memory import items_of
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.vault.drafts import Draft
from pondpilot_secrets.vault.secret_writer import SecretWriter
from tests.vault.parts import parts
from tests.vault.stores import S3, code_of, values


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


def test_an_edit_that_breaks_a_rule_changes_nothing(vault: SecretsManager) -> None:
    vault.save_secret("postgres", "pg", {"host": "h", "password": "p"})
    assert code_of(lambda: vault.update_secret("pg", fields={"port": 0}, tags=["t"])) == 1003
    assert values(vault, "pg") == {"host": "h", "password": "p"}
    assert vault.find_secret("pg").tags == ()


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


def writer_of(vault: SecretsManager) -> SecretWriter:
    return parts(vault).use_cases.writer()


def test_a_candidate_is_what_an_edit_would_make_and_is_kept_nowhere(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        old = vault.save_secret("s3", "prod", S3)
        before = items_of(home).snapshot()
        theirs = SecureString("marker-new")
        with writer_of(vault).candidate(old, {"secret": theirs, "region": None}) as candidate:
            found = {name: value.expose() for name, value in candidate.credentials.items()}
            assert found == {"key_id": "AKIA", "secret": "marker-new"}
            assert candidate.metadata.field_names == ("key_id", "secret")
        assert not theirs.closed, "what a caller gives stays the caller's"
        assert items_of(home).snapshot() == before
        assert vault.find_secret("prod") == old


def test_details_alone_touch_no_item(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.save_secret("s3", "prod", S3)
        before = len(items_of(home).calls)
        vault.update_secret("prod", name="renamed", tags=["t"], description="d")
        assert items_of(home).calls[before:] == []
        assert vault.find_secret("renamed").revision == 1


def test_values_that_a_caller_gives_outlive_the_save(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault, SecureString("marker-secret") as theirs:
        vault.save_secret("s3", "prod", {**S3, "secret": theirs})
        vault.update_secret("prod", fields={"secret": theirs})
        vault.save_secrets([Draft("s3", "another", {**S3, "secret": theirs})])
        assert theirs.expose() == "marker-secret"
