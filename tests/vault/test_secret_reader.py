"""Opening secrets: counted, recorded, wiped, and told from what other programs put there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import CredentialMissingError, KeychainUnavailableError
from pondpilot_secrets.keychain.memory import Fail, items_of
from pondpilot_secrets.vault.secret_reader import SecretReader
from tests.vault.half_done import half_edited, half_saved
from tests.vault.parts import parts
from tests.vault.stores import S3, code_of


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


def test_an_older_item_put_back_is_told_from_the_newest(vault: SecretsManager) -> None:
    account = vault.save_secret("s3", "prod", S3).account
    old = parts(vault).keychain.get(account)
    vault.update_secret("prod", fields={"secret": "rotated"})
    parts(vault).keychain.set(account, old)
    assert code_of(lambda: vault.get_secret("prod")) == 1017


@pytest.fixture
def made(home: Path):
    with SecretsManager.open(home, "memory") as opened:
        for name in ("one", "two"):
            opened.save_secret("s3", name, {**S3, "secret": f"marker-{name}"})
        yield opened


def reader_of(vault: SecretsManager) -> SecretReader:
    return parts(vault).use_cases.reader()


def test_a_secret_that_is_named_twice_is_opened_twice(made: SecretsManager) -> None:
    opened = reader_of(made).read(["two", "one", "TWO"], Action.USE)
    assert [secret.credentials["secret"].expose() for secret in opened] == ["marker-two", "marker-one", "marker-two"]
    opened[0].close()
    assert opened[2].credentials["secret"].expose() == "marker-two"
    for secret in opened:
        secret.close()


@pytest.mark.parametrize("call", ["get", "get_many"])
def test_what_the_store_refuses_is_recorded_and_nothing_is_opened(made: SecretsManager, home: Path, call: str) -> None:
    items_of(home).add_fault(Fail(KeychainUnavailableError("gone")), call=call)
    with pytest.raises(KeychainUnavailableError):
        made.get_secrets(["one"] if call == "get" else ["one", "two"])
    (record, *_) = made.audit_records()
    assert (record.action, record.outcome, record.code) == ("reveal", "failed", KeychainUnavailableError.code)
    assert made.find_secret("one").use_count == 0


def test_one_of_many_that_is_gone_is_named(made: SecretsManager, home: Path) -> None:
    items_of(home).overwrite(made.find_secret("two").account, None)
    with pytest.raises(CredentialMissingError, match="'two'"):
        made.get_secrets(["one", "two"])


def test_a_newer_item_comes_with_what_its_edit_proposes(made: SecretsManager) -> None:
    half_edited(made, "one", {"key_id": "K", "secret": "marker-new"}, scopes=("s3://new/",))
    with made.get_secret("one") as secret:
        assert secret.credentials["secret"].expose() == "marker-new"
        assert (secret.metadata.scopes, secret.metadata.revision, secret.metadata.name) == (("s3://new/",), 2, "one")


def test_the_first_reader_completes_what_a_dead_writer_left(made: SecretsManager, home: Path) -> None:
    half_saved(made, ["three"], 1)
    made.close()
    with SecretsManager.open(home, "memory") as vault:
        parts(vault).metadata.incomplete_writes()
        vault.get_secret("one").close()
        assert [row.name for row in vault.list_secrets()] == ["one", "three", "two"]


def test_nothing_is_read_where_nothing_is_asked_for(made: SecretsManager, home: Path) -> None:
    before = len(items_of(home).calls)
    assert reader_of(made).read([], Action.USE) == []
    assert items_of(home).calls[before:] == []
