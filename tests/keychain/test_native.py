"""The keychains of macOS and Windows over a stand-in for keyring-rs: the real one is for those systems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pondpilot_secrets.errors import CredentialMissingError, KeychainUnavailableError, SecretError
from pondpilot_secrets.keychain import item_text, split_items
from pondpilot_secrets.keychain.base import SERVICE
from pondpilot_secrets.keychain.conformance import KeychainConformance
from pondpilot_secrets.keychain.native import LIMITS, NativeKeychain


class Library:
    """keyring-rs as far as it is used; `before` is called with each call and may raise what the library would."""

    def __init__(self, limit: int | None = None) -> None:
        self.items: dict[tuple[str, str], bytes] = {}
        self.limit = limit
        self.stores: list[str] = []
        self.before: Callable[[str], None] = lambda _call: None

    def use_named_store(self, name: str) -> None:
        self.stores.append(name)

    @property
    def Entry(self) -> Any:  # noqa: N802 - the library's own name
        library = self

        class Entry:
            def __init__(self, service: str, user: str) -> None:
                self.key = service, user

            def get_specifiers(self) -> tuple[str, str]:
                return self.key

            def get_secret(self) -> bytes:
                library.before("get")
                if self.key not in library.items:
                    raise RuntimeError("NoEntry")
                return bytes(bytearray(library.items[self.key]))

            def set_secret(self, secret: bytes) -> None:
                library.before("set")
                if library.limit is not None and len(secret) > library.limit:
                    raise RuntimeError(f'TooLong("secret", {library.limit})')
                library.items[self.key] = bytes(bytearray(secret))

            def delete_credential(self) -> None:
                library.before("delete")
                if library.items.pop(self.key, None) is None:
                    raise RuntimeError("NoEntry")

            @staticmethod
            def search(attributes: dict[str, str]) -> list[Entry]:
                return [Entry(*key) for key in library.items if key[0] == attributes["service"]]

        return Entry


class TestMacOS(KeychainConformance):
    @pytest.fixture
    def provider(self) -> NativeKeychain:
        return NativeKeychain(store="keychain", library=Library())


class TestWindows(KeychainConformance):
    @pytest.fixture
    def provider(self) -> NativeKeychain:
        return NativeKeychain(store="windows", library=Library(limit=2_560))


@pytest.fixture
def library() -> Library:
    return Library()


def test_items_are_ascii_under_the_designs_service(library: Library) -> None:
    NativeKeychain(store="keychain", library=library).set("s3:1", b"\xff{USERNAME}\0")
    assert library.items == {(SERVICE, "s3:1"): bytes(item_text.encode("s3:1", b"\xff{USERNAME}\0"))}


def test_on_windows_no_item_is_longer_than_it_may_be(library: Library) -> None:
    keychain = NativeKeychain(store="windows", library=library)
    keychain.set("s3:1", b"x" * 10_000)
    assert max(map(len, library.items.values())) == LIMITS["windows"]
    assert keychain.list_accounts() == ["s3:1"]
    parts = [account for _, account in library.items if split_items.is_part(account)]
    assert len(parts) > 4
    keychain.delete("s3:1")
    assert library.items == {}


def test_a_lost_connection_is_made_again_once(library: Library) -> None:
    keychain = NativeKeychain(store="keychain", library=library)
    keychain.set("s3:1", b"value")
    calls = 0

    def lose(_call: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise RuntimeError("PlatformFailure(Disconnected)")

    library.before = lose
    assert keychain.get("s3:1") == b"value"
    assert library.stores == ["keychain"]

    def lose_always(_call: str) -> None:
        raise RuntimeError("PlatformFailure(Disconnected)")

    library.before = lose_always
    with pytest.raises(KeychainUnavailableError, match="broke"):
        keychain.get("s3:1")


def test_an_error_of_the_library_does_not_travel_along(library: Library) -> None:
    """Its text may hold the payload."""
    keychain = NativeKeychain(store="keychain", library=library)

    def complain(_call: str) -> None:
        raise RuntimeError("Invalid(marker-value)")

    library.before = complain
    for act in (lambda: keychain.get("s3:1"), lambda: keychain.set("s3:1", b"marker-value")):
        with pytest.raises(SecretError) as caught:
            act()
        assert caught.value.__cause__ is None
        assert caught.value.__context__ is None


def test_a_missing_item_is_missing_alone_and_left_out_of_a_batch(library: Library) -> None:
    keychain = NativeKeychain(store="keychain", library=library)
    keychain.set("s3:1", b"value")
    assert keychain.get_many(["s3:1", "s3:2"]) == {"s3:1": b"value"}
    with pytest.raises(CredentialMissingError):
        keychain.get("s3:2")
    keychain.delete("s3:2")


def test_it_says_which_keychain_it_is() -> None:
    assert NativeKeychain(store="keychain", library=Library()).status().description == "the macOS Keychain"
    assert NativeKeychain(store="windows", library=Library()).status().description == "Windows Credential Manager"
