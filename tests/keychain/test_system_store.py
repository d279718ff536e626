"""The store `system`: it says whether the keychain answers, and never removes what it cannot without asking."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.errors import KeychainLockedError, PlatformNotSupportedError
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.store_kind import Capability, StoreContext
from pondpilot_secrets.keychain.system_store import SystemStore, open_system_keychain
from tests.services.keyring_daemon import KeyringDaemon

STORE = SystemStore()


@pytest.fixture
def context(tmp_path: Path) -> StoreContext:
    return StoreContext(tmp_path)


def lead_to(service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)


def test_it_has_neither_transactions_nor_keys_of_its_own() -> None:
    assert STORE.capabilities == {Capability.PERSISTENT}


@pytest.mark.usefixtures("keychain_environment")
def test_items_are_kept_and_destroyed(context: StoreContext) -> None:
    with contextlib.closing(STORE.create(context)) as provider:
        assert provider.name == STORE.name
        provider.set_many({"s3:1": b"value", "s3:2": b"another vault's"})
    assert STORE.status().usable
    assert STORE.opens_unattended(context)
    STORE.destroy(context, ["s3:1", "s3:nobody"])
    with contextlib.closing(STORE.open(context)) as provider:
        assert provider.list_accounts() == ["s3:2"]
        provider.delete("s3:2")


def test_without_a_keychain_it_says_so_and_makes_nothing(
    context: StoreContext, no_secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(no_secret_service, monkeypatch)
    assert not STORE.status(context).available
    assert not STORE.opens_unattended(context)
    for act in (lambda: STORE.create(context), lambda: STORE.destroy(context, ["s3:1"])):
        with pytest.raises(PlatformNotSupportedError, match="does not answer: no Secret Service"):
            act()


def test_a_locked_keychain_is_not_asked_to_open_for_a_removal(
    context: StoreContext, locked_secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead_to(locked_secret_service, monkeypatch)
    assert not STORE.opens_unattended(context)
    with pytest.raises(KeychainLockedError):
        STORE.destroy(context, ["s3:1"])
    assert locked_secret_service.locked


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="they show their prompts themselves")
@pytest.mark.parametrize(("display", "wayland", "can"), [("", "", False), (":0", "", True), ("", "wayland-0", True)])
def test_a_prompt_needs_a_screen(monkeypatch: pytest.MonkeyPatch, display: str, wayland: str, can: bool) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setenv("WAYLAND_DISPLAY", wayland)
    assert STORE.can_prompt() is can


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="they have keyring-rs")
def test_here_it_is_the_secret_service() -> None:
    with contextlib.closing(open_system_keychain()) as keychain:
        assert isinstance(keychain, SecretServiceKeychain)
