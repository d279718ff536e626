"""What can be told of a vault without opening its store and without asking anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import NewKeys, SecretsManager, SecureString
from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.vault.status import KeySlots, StatusReport, VaultStatus
from tests.vault.half_done import half_saved
from tests.vault.parts import parts
from tests.vault.stores import S3


def never(_new: bool) -> SecureString:
    raise AssertionError("nobody is to be asked")


def test_a_vault_that_was_not_made_yet_has_no_store_and_is_not_made_by_looking(home: Path) -> None:
    with SecretsManager.open(home, passphrase=never) as vault:
        assert vault.vault_status() == VaultStatus(home, None, None, None, 0, 0, None, None)
        assert vault.key_slots() == KeySlots((), 0)
    assert not (home / "secrets.db").exists()


def test_it_says_where_and_why_and_how_much(home: Path) -> None:
    key = home.with_suffix(".key")
    with SecretsManager.open(home, "file", key_file=key) as vault:
        vault.save_secret("s3", "one", S3)
        half_saved(vault, ["two"], 0)
        status = vault.vault_status()
    assert (status.store, status.reason, status.key_file) == ("file", "it was asked for", key)
    assert (status.secrets, status.unfinished, status.moving_from) == (1, 1, None)
    assert status.created_at is not None


def test_the_store_stays_closed(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.save_secret("s3", "one", S3)
    with SecretsManager.open(home, passphrase=never) as vault:
        assert vault.vault_status().secrets == 1
        assert vault.key_slots() == KeySlots(("passphrase",), 0)
        assert not parts(vault).store.is_open


def test_each_kind_of_key_is_named_once_and_codes_are_counted(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.rekey(NewKeys(key_file=home.with_suffix(".key"), passphrase="donkey"))
        for code in vault.make_recovery_codes(3):
            code.close()
        assert vault.key_slots() == KeySlots(("file", "passphrase"), 3)


def test_an_encrypted_file_that_is_gone_is_told(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.init_vault()
    (home / "secrets.db").unlink()
    with SecretsManager.open(home) as vault:
        opened = parts(vault)
        report = StatusReport(opened.metadata, opened.state, opened.store)
        assert report.vault_status().store == "file"
        with pytest.raises(VaultError):
            report.key_slots()
