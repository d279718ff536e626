"""What others test their programs and stores with: the example of the module's own documentation, and the suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import CredentialMissingError, KeychainUnavailableError, SecretsManager
from pondpilot_secrets.testing import (
    Fail,
    KeychainConformance,
    Lose,
    MemoryItems,
    MemoryKeychain,
    forget_items_of,
    items_of,
)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "vault"
    forget_items_of(tmp_path / "vault")


def save(vault: SecretsManager) -> None:
    vault.save_secret("http", "token", {"bearer_token": "marker"}, scope="https://example.com/")


class TestMemory(KeychainConformance):
    @pytest.fixture
    def provider(self) -> MemoryKeychain:
        return MemoryKeychain(MemoryItems())


def test_a_vault_in_memory_keeps_secrets_and_touches_no_keychain(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        save(vault)
        with vault.get_secret("token") as secret:
            assert secret.credentials["bearer_token"].expose() == "marker"
    assert any(b"marker" in payload for payload in items_of(home).snapshot().values())


def test_a_save_whose_store_fails_leaves_nothing(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        items_of(home).add_fault(Fail(KeychainUnavailableError("gone")), call="set_many")
        with pytest.raises(KeychainUnavailableError):
            save(vault)
        assert vault.list_secrets() == []


def test_a_store_that_loses_what_it_is_given_is_noticed(home: Path) -> None:
    with SecretsManager.open(home, "memory") as vault:
        save(vault)
        for call in ("get", "get_many"):
            items_of(home).add_fault(Lose(), call=call)
        with pytest.raises(CredentialMissingError):
            vault.get_secret("token")
