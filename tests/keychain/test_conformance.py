"""Every provider of ours passes the suite that anybody's provider passes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from pondpilot_secrets.errors import CredentialMissingError
from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.keychain.conformance import KeychainConformance
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.keychain.memory import MemoryKeychain
from pondpilot_secrets.keychain.native import NativeKeychain
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.secure import SecureString


def emptied(provider):
    for account in provider.list_accounts():
        provider.delete(account)
    return provider


@pytest.mark.usefixtures("each_keychain")
class TestSecretService(KeychainConformance):
    """GNOME Keyring, KWallet and KeePassXC."""

    @pytest.fixture
    def provider(self) -> Iterator[SecretServiceKeychain]:
        provider = SecretServiceKeychain()
        provider.unlock()
        yield emptied(provider)
        emptied(provider).close()


# keyring-rs is for macOS and Windows; its store for Linux is what can be tried here.
@pytest.mark.usefixtures("keychain_environment")
class TestKeyringRs(KeychainConformance):
    @pytest.fixture
    def provider(self) -> Iterator[NativeKeychain]:
        provider = emptied(NativeKeychain(store="secret-service"))
        yield provider
        emptied(provider).close()


@pytest.mark.usefixtures("keychain_environment")
class TestKeyringRsWithTheLimitOfWindows(KeychainConformance):
    payloads = (b"{}", b"x", bytes(range(256)) * 40, b"m" * 2_500, b"m" * 2_501)

    @pytest.fixture
    def provider(self) -> Iterator[NativeKeychain]:
        provider = emptied(NativeKeychain(store="secret-service", limit=2_500))
        yield provider
        emptied(provider).close()


class TestEncryptedFileByPassphrase(KeychainConformance):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> Iterator[EncryptedFile]:
        key = PassphraseKey(SecureString("correct horse"), CHEAPEST)
        EncryptedFile.create(tmp_path / "secrets.db", [key]).close()
        provider = EncryptedFile.open(tmp_path / "secrets.db", [key])
        yield provider
        provider.close()


class TestEncryptedFileByKeyFile(KeychainConformance):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> Iterator[EncryptedFile]:
        provider = EncryptedFile.create(tmp_path / "secrets.db", [FileKey(tmp_path / "key")])
        yield provider
        provider.close()


@pytest.mark.usefixtures("keychain_environment")
class TestEncryptedFileByKeychain(KeychainConformance):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> Iterator[EncryptedFile]:
        keychain = SecretServiceKeychain()
        key = KeychainKey(keychain)
        EncryptedFile.create(tmp_path / "secrets.db", [key]).close()
        provider = EncryptedFile.open(tmp_path / "secrets.db", [key])
        yield provider
        provider.close()
        keychain.close()


# --- the suite itself ---

SUITE = {name: getattr(KeychainConformance, name) for name in vars(KeychainConformance) if name.startswith("test_")}


class Careless(MemoryKeychain):
    """Breaks one rule of the contract."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule = rule

    def get(self, account: str) -> bytearray:
        if self.rule == "missing is empty" and account not in self.items.accounts():
            return bytearray()
        payload = super().get(account)
        return bytearray(payload.rstrip()) if self.rule == "strips" else payload

    def set(self, account: str, payload: bytes | bytearray | memoryview) -> None:
        if self.rule == "wipes what it is given" and isinstance(payload, bytearray):
            super().set(account, payload)
            payload[:] = bytes(len(payload))
        else:
            super().set(account, payload)

    def delete(self, account: str) -> None:
        if self.rule == "deletes nothing":
            return
        if self.rule == "missing cannot be deleted" and account not in self.items.accounts():
            raise CredentialMissingError(account)
        super().delete(account)

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        if self.rule == "old batches" and self.items.calls.count(("get_many", None)):
            return {account: bytearray(b"old") for account in accounts}
        return super().get_many(accounts)

    def list_accounts(self) -> list[str]:
        accounts = super().list_accounts()
        return accounts[::-1] if self.rule == "unsorted" else accounts

    def status(self) -> KeychainStatus:
        return KeychainStatus(True, True, "") if self.rule == "says it is locked" else super().status()


@pytest.mark.parametrize(
    ("rule", "test"),
    [
        ("strips", "test_payloads_come_back_exactly"),
        ("wipes what it is given", "test_buffers_of_any_kind_are_stored_and_left_alone"),
        ("missing is empty", "test_a_missing_account_says_so"),
        ("deletes nothing", "test_deleting_removes_and_may_be_repeated"),
        ("missing cannot be deleted", "test_deleting_removes_and_may_be_repeated"),
        ("old batches", "test_a_batch_sees_what_was_just_changed"),
        ("unsorted", "test_accounts_are_listed_sorted"),
        ("says it is locked", "test_an_open_provider_is_usable"),
    ],
)
def test_a_provider_that_breaks_a_rule_does_not_pass(rule: str, test: str) -> None:
    with pytest.raises((AssertionError, CredentialMissingError)):
        SUITE[test](KeychainConformance(), Careless(rule))
    SUITE[test](KeychainConformance(), Careless("keeps every rule"))
