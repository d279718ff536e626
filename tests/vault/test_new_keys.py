"""The keys that a vault is to open with: which are given, who is asked, and how long their values live."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets import SecureString
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey
from pondpilot_secrets.keychain.system_store import SystemStore
from pondpilot_secrets.vault.new_keys import NewKeys, delete_keychain_keys


def test_no_key_is_refused(home: Path) -> None:
    with pytest.raises(UsageError, match="no new key"), NewKeys().sources(home):
        raise AssertionError("a vault would open with nothing")


def test_each_key_that_is_given_opens_by_itself(home: Path, tmp_path: Path) -> None:
    with NewKeys(key_file=tmp_path / "key", passphrase="horse").sources(home) as sources:
        assert [source.kind for source in sources] == ["file", "passphrase"]


def test_a_person_is_asked_at_once_and_what_they_said_is_wiped_at_the_end(home: Path) -> None:
    answers: list[SecureString] = []

    def ask(new: bool) -> SecureString:
        assert new
        answers.append(SecureString("horse"))
        return answers[-1]

    with NewKeys(passphrase=ask).sources(home) as sources:
        (answer,) = answers
        (source,) = sources
        assert isinstance(source, PassphraseKey)
        assert source.passphrase is answer
        assert answer.expose() == "horse"
    assert answer.closed


def test_a_passphrase_that_is_the_callers_stays_the_callers(home: Path) -> None:
    passphrase = SecureString("horse")
    with NewKeys(passphrase=passphrase).sources(home):
        pass
    assert passphrase.expose() == "horse"


@pytest.mark.usefixtures("keychain_environment")
def test_the_systems_keychain_can_hold_a_key(home: Path) -> None:
    with NewKeys(keychain=True).sources(home) as sources:
        assert [type(source) for source in sources] == [KeychainKey]


@pytest.mark.usefixtures("keychain_environment")
def test_keychain_items_of_slots_that_are_gone_are_deleted(tmp_path: Path) -> None:
    system = SystemStore()
    keychain = system.open()
    before = set(keychain.list_accounts())
    store = EncryptedFile.create(tmp_path / "secrets.db", [KeychainKey(keychain), FileKey(tmp_path / "key")])
    assert len(set(keychain.list_accounts()) - before) == 1
    delete_keychain_keys(store.slots())
    assert set(keychain.list_accounts()) == before
    store.close()
    keychain.close()
