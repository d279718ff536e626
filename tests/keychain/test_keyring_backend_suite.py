"""The suite that the keyring library has for its backends passes over our providers, through a thin adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import keyring.backend
import keyring.errors
import pytest
from keyring.compat import properties
from keyring.testing.backend import BackendBasicTests

from pondpilot_secrets.errors import CredentialMissingError
from pondpilot_secrets.keychain.base import KeychainProvider
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain


class ProviderBackend(keyring.backend.KeyringBackend):
    """A provider of ours as a backend of keyring: service and user name make the account."""

    def __init__(self, provider: KeychainProvider) -> None:
        super().__init__()
        self.provider = provider

    @properties.classproperty
    def priority(self) -> NoReturn:
        """Keyring must never choose this by itself, for other tests of this process."""
        raise RuntimeError("for this suite only")

    def get_password(self, service: str, username: str) -> str | None:
        try:
            return self.provider.get(account(service, username)).decode()
        except CredentialMissingError:
            return None

    def set_password(self, service: str, username: str, password: str) -> None:
        self.provider.set(account(service, username), password.encode())

    def delete_password(self, service: str, username: str) -> None:
        if account(service, username) not in self.provider.list_accounts():
            raise keyring.errors.PasswordDeleteError(f"{service} has no {username}")
        self.provider.delete(account(service, username))


keyring.backend.KeyringBackend._classes.discard(ProviderBackend)


def account(service: str, username: str) -> str:
    """Two different pairs never make the same account, whatever characters are in them."""
    return f"{len(service)}:{service}:{username}"


class OverAProvider(BackendBasicTests):
    """The suite, whose own fixture knows of no fixture that it could take a provider from."""

    @pytest.fixture(autouse=True)
    def _init_properties(self, provider: KeychainProvider) -> Iterator[None]:
        self.keyring = ProviderBackend(provider)
        self.credentials_created: set[tuple[str, str]] = set()
        yield
        self.cleanup()


@pytest.mark.usefixtures("keychain_environment")
class TestSystem(OverAProvider):
    @pytest.fixture
    def provider(self) -> Iterator[SecretServiceKeychain]:
        provider = SecretServiceKeychain()
        before = set(provider.list_accounts())
        yield provider
        for left in set(provider.list_accounts()) - before:
            provider.delete(left)
        provider.close()


class TestEncryptedFile(OverAProvider):
    @pytest.fixture
    def provider(self, tmp_path: Path) -> Iterator[EncryptedFile]:
        provider = EncryptedFile.create(tmp_path / "secrets.db", [FileKey(tmp_path / "key")])
        yield provider
        provider.close()


def test_the_adapter_is_never_chosen_by_keyring_itself() -> None:
    assert not ProviderBackend.viable
    assert ProviderBackend not in keyring.backend.KeyringBackend._classes
    assert ProviderBackend not in set(keyring.backend.KeyringBackend.get_viable_backends())
