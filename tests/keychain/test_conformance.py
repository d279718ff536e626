"""Every provider of ours passes the suite that anybody's provider passes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.keychain.conformance import KeychainConformance
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.keychain.native import NativeKeychain
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.secure import SecureString


def emptied(provider):
    for account in provider.list_accounts():
        provider.delete(account)
    return provider


@pytest.mark.usefixtures("keychain_environment")
class TestSecretService(KeychainConformance):
    @pytest.fixture
    def provider(self) -> Iterator[SecretServiceKeychain]:
        provider = emptied(SecretServiceKeychain())
        yield provider
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
