"""Changing what opens a vault in an encrypted file: the new keys and no others, and nothing lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import NewKeys, Rekey, SecretsManager, SecureString
from pondpilot_secrets.errors import AuditBrokenError, PolicyDeniedError, SecretError, UsageError
from pondpilot_secrets.vault import rekeying
from tests.vault.parts import parts
from tests.vault.stores import S3


@pytest.fixture
def old(home: Path) -> Path:
    """The key file of a vault with one secret."""
    key = home.with_suffix(".key")
    with SecretsManager.open(home, "file", key_file=key) as vault:
        vault.save_secret("s3", "lake", S3)
    return key


def value(home: Path, **how: object) -> str:
    with SecretsManager.open(home, **how) as vault, vault.get_secret("lake") as secret:  # type: ignore[arg-type]
        return secret.credentials["secret"].expose()


def test_only_the_new_keys_open_the_vault(home: Path, old: Path) -> None:
    with SecretsManager.open(home) as vault:
        assert vault.rekey(NewKeys(passphrase="horse")) == Rekey(1, 0)
        assert vault.key_slots().opens_with == ("passphrase",)
    assert value(home, passphrase="horse") == S3["secret"]
    for wrong in ({"passphrase": "donkey"}, {"key_file": old}):
        with pytest.raises(SecretError):
            value(home, **wrong)


def test_a_new_key_file_is_remembered(home: Path, old: Path) -> None:
    new = old.with_name("second.key")
    with SecretsManager.open(home) as vault:
        vault.rekey(NewKeys(key_file=new))
        assert parts(vault).state.key_file == new
        assert parts(vault).state.announced_key_file is None
    old.unlink()
    assert value(home) == S3["secret"]


def test_recovery_codes_are_void_and_counted(home: Path, old: Path) -> None:
    with SecretsManager.open(home) as vault:
        for code in vault.make_recovery_codes(3):
            code.close()
        assert vault.rekey(NewKeys(key_file=old)) == Rekey(1, 3)
        assert vault.key_slots().recovery_codes == 0


def test_a_person_is_asked_for_the_new_passphrase_while_nothing_is_held(home: Path, old: Path) -> None:
    def ask(new: bool) -> SecureString:
        assert new
        with SecretsManager.open(home) as other:
            other.update_secret("lake", tags=["meanwhile"])
        return SecureString("horse")

    with SecretsManager.open(home) as vault:
        vault.rekey(NewKeys(passphrase=ask))
        assert vault.find_secret("lake").tags == ("meanwhile",)
    assert value(home, passphrase="horse") == S3["secret"]


def test_it_is_recorded_before_it_is_done_and_again_where_it_failed(home: Path, old: Path, tmp_path: Path) -> None:
    with SecretsManager.open(home) as vault:
        with pytest.raises(SecretError):
            vault.rekey(NewKeys(key_file=tmp_path))  # a folder
        vault.rekey(NewKeys(key_file=old))
        outcomes = [record.outcome for record in vault.audit_records() if record.action == "rekey"]
    assert outcomes == ["ok", "failed", "ok"]
    assert value(home) == S3["secret"]


def test_what_cannot_be_recorded_is_not_done(home: Path, old: Path) -> None:
    with SecretsManager.open(home) as vault:
        parts(vault).metadata.database.change("DELETE FROM audit_anchor")
        with pytest.raises(AuditBrokenError):
            vault.rekey(NewKeys(passphrase="horse"))
        assert vault.key_slots().opens_with == ("file",)


def test_a_store_without_keys_of_its_own_is_refused(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        vault.init_vault()
        with pytest.raises(UsageError, match="only a vault in an encrypted file"):
            vault.rekey(NewKeys(passphrase="horse"))


def test_who_may_only_write_may_not_do_it(home: Path, old: Path) -> None:
    assert rekeying.Rekey(1, 0).items == 1
    with SecretsManager.open(home, read_only=True) as vault, pytest.raises(PolicyDeniedError):
        vault.rekey(NewKeys(passphrase="horse"))
