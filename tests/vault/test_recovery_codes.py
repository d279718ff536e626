"""A encrypted file whose keychain was wiped opens with a code, once, and everything in it is exactly as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import CodeRecovery, SecretsManager
from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.errors import (
    AuditBrokenError,
    DecryptionFailedError,
    PolicyDeniedError,
    SecretError,
    UsageError,
    VaultError,
)
from pondpilot_secrets.keychain.encrypted_file import RecoveryCode
from pondpilot_secrets.keychain.system_store import open_system_keychain
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.settings import AUTO
from pondpilot_secrets.vault.new_keys import NewKeys
from pondpilot_secrets.vault.recovery_codes import KIND, MOST_CODES, RecoveryCodes
from tests.vault.parts import parts
from tests.vault.stores import values

VALUES = {"key_id": "AKIA", "secret": 'snow ☃ "quoted" \\ and\ttabbed'}


def new_vault(home: Path) -> SecretsManager:
    vault = SecretsManager.open(home, "file", key_file=home.with_suffix(".key"))
    vault.save_secret("s3", "lake", VALUES, scope="s3://b/")
    return vault


def codes_of(vault: SecretsManager, count: int = 8) -> list[str]:
    return [code.expose() for code in vault.make_recovery_codes(count)]


def wipe_keychain() -> None:
    keychain = open_system_keychain()
    for account in keychain.list_accounts():
        keychain.delete(account)
    keychain.close()


def recover(home: Path, code: str, keys: NewKeys, **options) -> CodeRecovery:
    with SecretsManager.open(home) as vault:
        return vault.recover_with_code(SecureString(code), keys, **options)


def assert_is_whole(vault: SecretsManager) -> None:
    assert values(vault, "lake") == VALUES
    check = parts(vault).audit.verify()
    assert check.ok, check.reason
    vault.save_secret("s3", "another", VALUES)
    assert values(vault, "another") == VALUES
    vault.delete_secret("another")


@pytest.mark.usefixtures("keychain_environment")
def test_codes_open_a_vault_whose_keychain_was_wiped(home: Path) -> None:
    with new_vault(home) as vault:
        vault.rekey(NewKeys(keychain=True))
        codes = codes_of(vault)
    with SecretsManager.open(home) as vault:
        assert values(vault, "lake") == VALUES  # logging in is all that it takes, so far
    wipe_keychain()
    with SecretsManager.open(home) as vault:
        with pytest.raises(DecryptionFailedError, match="gone from the keychain") as caught:
            vault.get_secret("lake")
        assert "pond vault use-recovery-code" in (caught.value.hint or "")

    done = recover(home, codes[0], NewKeys(passphrase="horse"))
    assert (done.opens_with, done.codes_left) == (("keychain", "passphrase"), 7)
    with SecretsManager.open(home, passphrase="horse") as vault:
        assert_is_whole(vault)
    with pytest.raises(DecryptionFailedError, match="was used"):
        recover(home, codes[0], NewKeys(passphrase="donkey"))
    with pytest.raises(DecryptionFailedError), SecretsManager.open(home, passphrase="donkey") as vault:
        vault.get_secret("lake")

    done = recover(home, codes[5].lower(), NewKeys(keychain=True), drop=["passphrase", "keychain"])
    assert (done.opens_with, done.codes_left) == (("keychain",), 6)
    with SecretsManager.open(home) as vault:
        assert_is_whole(vault)
    with pytest.raises(DecryptionFailedError, match="was used"):
        recover(home, codes[5], NewKeys(passphrase="donkey"))


def test_new_codes_make_the_older_ones_void(home: Path) -> None:
    with new_vault(home) as vault:
        old, new = codes_of(vault), codes_of(vault, 2)
        assert parts(vault).audit.verify().ok
    with pytest.raises(DecryptionFailedError, match="made void"):
        recover(home, old[0], NewKeys(passphrase="horse"))
    assert recover(home, new[1], NewKeys(passphrase="horse")).codes_left == 1


def test_no_codes_can_be_asked_for_and_then_there_are_none(home: Path) -> None:
    with new_vault(home) as vault:
        old = codes_of(vault)
        assert codes_of(vault, 0) == []
        with pytest.raises(UsageError):
            codes_of(vault, 101)
    with pytest.raises(DecryptionFailedError, match="no recovery codes"):
        recover(home, old[0], NewKeys(passphrase="horse"))


def test_a_typo_is_told_from_a_wrong_code_and_neither_asks_for_a_new_key(home: Path) -> None:
    with new_vault(home) as vault:
        code = codes_of(vault)[0]

    def never(new: bool) -> SecureString:
        raise AssertionError("asked before the code was right")

    wrong = "1" if code[0] == "0" else "0"
    with pytest.raises(UsageError, match="check character"):
        recover(home, wrong + code[1:], NewKeys(passphrase=never))
    with new_vault(home.with_name("other")) as other:
        foreign = codes_of(other)[0]
    with pytest.raises(DecryptionFailedError, match="another vault"):
        recover(home, foreign, NewKeys(passphrase=never))


def test_a_recovery_that_fails_leaves_the_code_good(home: Path, tmp_path: Path) -> None:
    with new_vault(home) as vault:
        code = codes_of(vault, 1)[0]
    (tmp_path / "folder").mkdir()
    for keys in (NewKeys(), NewKeys(key_file=tmp_path / "folder")):
        with pytest.raises(SecretError):
            recover(home, code, keys)
    key_file = tmp_path / "new.key"
    assert recover(home, code, NewKeys(key_file=key_file), drop=["file"]).opens_with == ("file",)
    home.with_suffix(".key").unlink()
    with SecretsManager.open(home) as vault:  # the place of the new key file is remembered
        assert_is_whole(vault)


def test_recovery_works_although_a_crash_left_a_write_and_the_key_file_is_lost(home: Path) -> None:
    with new_vault(home) as vault:
        code = codes_of(vault)[0]
        parts(vault).metadata.mark_deleting([vault.find_secret("lake").id])
    home.with_suffix(".key").unlink()
    with SecretsManager.open(home) as vault:
        assert vault.list_secrets() == []
    recover(home, code, NewKeys(passphrase="horse"))
    with SecretsManager.open(home, passphrase="horse") as vault:
        assert parts(vault).metadata.incomplete_writes() == []


def test_it_is_in_the_audit_log_and_no_code_is(home: Path) -> None:
    with new_vault(home) as vault:
        codes = codes_of(vault, 2)
    recover(home, codes[0], NewKeys(passphrase="horse"))
    with SecretsManager.open(home, passphrase="horse") as vault:
        entries = [entry for entry in parts(vault).audit_reader.entries() if entry.action == "recovery_codes"]
    assert [entry.outcome for entry in entries] == ["ok", "ok"]
    for file in home.iterdir():
        content = file.read_bytes()
        for code in codes:
            assert code.encode() not in content
            assert code.replace("-", "").encode() not in content


@pytest.mark.usefixtures("keychain_environment")
def test_a_vault_in_the_system_store_says_what_codes_are_for(tmp_path: Path) -> None:
    with SecretsManager.open(tmp_path / "vault", "system") as vault:
        vault.save_secret("s3", "lake", VALUES)
        with pytest.raises(UsageError, match="for vaults in an encrypted file") as caught:
            codes_of(vault)
        assert "pond vault move --to file" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="for vaults in an encrypted file"):
        recover(tmp_path / "vault", "x", NewKeys(passphrase="horse"))


def test_where_there_is_no_vault_nothing_can_be_recovered(home: Path) -> None:
    with pytest.raises(VaultError, match="no vault"):
        recover(home, "x", NewKeys(passphrase="horse"))


@pytest.mark.parametrize("missing", [Grant.EXPORT, Grant.WRITE])
def test_whoever_may_not_export_and_write_gets_no_codes(home: Path, missing: Grant) -> None:
    new_vault(home).close()
    access = Access("mcp", frozenset(Grant) - {missing})
    with SecretsManager.open(home, access=access) as vault, pytest.raises(PolicyDeniedError):
        codes_of(vault)


@pytest.mark.usefixtures("keychain_environment")
def test_rekeying_under_a_new_keychain_item_removes_the_old_one(home: Path) -> None:
    wipe_keychain()
    with new_vault(home) as vault:
        for _ in range(2):
            vault.rekey(NewKeys(keychain=True))
    keychain = open_system_keychain()
    assert len([account for account in keychain.list_accounts() if account.startswith("file-key:")]) == 1
    keychain.close()
    with SecretsManager.open(home) as vault:
        assert parts(vault).settings.store == AUTO
        assert_is_whole(vault)


def test_rekeying_tells_how_many_codes_are_void(home: Path) -> None:
    with new_vault(home) as vault:
        codes_of(vault, 3)
        assert vault.rekey(NewKeys(passphrase="horse")).void_codes == 3


def test_a_key_file_and_a_passphrase_that_is_asked_for_both_open_a_rekeyed_vault(home: Path, tmp_path: Path) -> None:
    keys = NewKeys(key_file=tmp_path / "new.key", passphrase=lambda new: SecureString("horse"))
    with new_vault(home) as vault:
        vault.rekey(keys)
        assert [slot.kind for slot in parts(vault).store.key_slots.slots()] == ["file", "passphrase"]
    (tmp_path / "new.key").unlink()
    with SecretsManager.open(home, passphrase="horse") as vault:
        assert_is_whole(vault)


def test_a_recovery_without_its_new_key_opens_nothing_and_is_recorded(home: Path) -> None:
    with new_vault(home) as vault:
        code = codes_of(vault, 1)[0]
    home.with_suffix(".key").unlink()
    with SecretsManager.open(home) as vault:
        with pytest.raises(UsageError):
            vault.recover_with_code(SecureString(code), NewKeys())
        with pytest.raises(SecretError):
            vault.get_secret("lake")
    recover(home, code, NewKeys(passphrase="horse"))
    with SecretsManager.open(home, passphrase="horse") as vault:
        outcomes = [
            entry.outcome for entry in parts(vault).audit_reader.entries(None) if entry.action == "recovery_codes"
        ]
    assert outcomes == ["ok", "failed", "ok", "ok"]


def test_rekeying_with_a_broken_log_leaves_the_keys_as_they_were(home: Path) -> None:
    with new_vault(home) as vault:
        parts(vault).metadata.database.change("DELETE FROM audit_anchor")
        vault.lock()
        with pytest.raises(AuditBrokenError):
            vault.rekey(NewKeys(passphrase="horse"))
        vault.restart_audit("it was broken by a test")
    with SecretsManager.open(home, key_file=home.with_suffix(".key")) as vault:
        assert values(vault, "lake") == VALUES


def test_the_codes_that_are_made_are_the_callers_and_nothing_else_stays_open(home: Path) -> None:
    with new_vault(home) as vault:
        cases, opened = parts(vault).use_cases, parts(vault)
        codes = RecoveryCodes(cases.guard, cases.unit(), opened.store, cases.trail, home).make(2)
        assert [slot.kind for slot in opened.store.key_slots.slots()].count(KIND) == 2
        for code in codes:
            assert RecoveryCode.read(code).kind == KIND
            code.close()


@pytest.mark.parametrize("count", [-1, MOST_CODES + 1])
def test_a_number_of_codes_that_is_none_is_refused(home: Path, count: int) -> None:
    with new_vault(home) as vault, pytest.raises(UsageError, match="recovery codes"):
        vault.make_recovery_codes(count)


def test_a_code_that_was_not_used_up_has_opened_nothing(home: Path) -> None:
    with new_vault(home) as vault:
        code = codes_of(vault, 1)[0]
    home.with_suffix(".key").unlink()
    with SecretsManager.open(home) as vault:
        with pytest.raises(UsageError):
            vault.recover_with_code(SecureString(code), NewKeys())
        assert not parts(vault).store.is_open
        assert not parts(vault).shared.audit_key.is_open
        with pytest.raises(SecretError):
            vault.get_secret("lake")


def test_after_a_recovery_the_open_vault_goes_on(home: Path) -> None:
    with new_vault(home) as vault:
        code = codes_of(vault, 1)[0]
    home.with_suffix(".key").unlink()
    with SecretsManager.open(home) as vault:
        vault.recover_with_code(SecureString(code), NewKeys(passphrase="horse"))
        assert_is_whole(vault)
