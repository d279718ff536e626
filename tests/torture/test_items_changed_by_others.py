"""Other programs may replace, delete or double our items: a secret is its own value or an error, and one way to mend it."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError
from pondpilot_secrets.keychain import item_text
from pondpilot_secrets.keychain.base import SERVICE
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.secret_service_client import SecretServiceClient
from tests.services.keyring_daemon import KeyringDaemon
from tests.torture.place import KEPT, Place
from tests.vault.parts import parts

READS: dict[str, Callable[[SecretsManager], object]] = {
    "get": lambda vault: vault.get_secret("first").close(),
    "get_many": lambda vault: [secret.close() for secret in vault.get_secrets(list(KEPT))],
}


def test_an_item_replaced_by_other_content_is_refused_alone_and_in_a_batch(
    place: Place, secret_service: KeyringDaemon
) -> None:
    with place.open() as vault:
        account = vault.find_secret("first").account
        store = ["secret-tool", "store", "--label=x", "service", SERVICE, "username", account]
        subprocess.run(store, input=b"theirs", env=secret_service.full_environment, check=True, timeout=10)
        for read in READS.values():
            with pytest.raises(CredentialCorruptError, match="'first'"):
                read(vault)
        assert vault.get_secret("second").credentials["secret"].expose() == "value of second"
        vault.update_secret("first", fields=KEPT["first"])
    place.assert_well("mended")


def test_an_item_that_was_deleted_is_missing_alone_and_in_a_batch(place: Place, secret_service: KeyringDaemon) -> None:
    with place.open() as vault:
        account = vault.find_secret("first").account
        clear = ["secret-tool", "clear", "service", SERVICE, "username", account]
        subprocess.run(clear, env=secret_service.full_environment, check=True, timeout=10)
        for read in READS.values():
            with pytest.raises(CredentialMissingError, match="'first'"):
                read(vault)
        vault.update_secret("first", fields=KEPT["first"])
    place.assert_well("mended")


@contextlib.contextmanager
def another_program() -> Iterator[SecretServiceClient]:
    calls = SecretServiceClient(5.0, lambda: 5.0, lambda: None, lambda _: None)
    try:
        yield calls
    finally:
        calls.close()


def duplicate(account: str, payload: bytes) -> None:
    """Add an item that answers to the same account, as an import of a keyring does."""
    collection, item = "org.freedesktop.Secret.Collection", "org.freedesktop.Secret.Item"
    attributes = {"service": SERVICE, "username": account, "imported": "yes"}
    properties = {f"{item}.Label": ("s", "copy"), f"{item}.Attributes": ("a{ss}", attributes)}
    with another_program() as calls:
        arguments = (properties, calls._live_session().encrypt(item_text.encode(account, payload)), False)
        calls.bus.call(
            "/org/freedesktop/secrets/aliases/default", collection, "CreateItem", "a{sv}(oayays)b", arguments
        )


def copies(account: str) -> int:
    with another_program() as calls:
        return len(calls._items_of([account])[account])


@pytest.mark.parametrize("when", ["before it was read", "after it was read"])
def test_of_two_items_for_one_account_all_readers_take_the_newest(when: str, place: Place) -> None:
    with place.open() as vault:
        account = vault.find_secret("first").account
        if when == "after it was read":
            READS["get_many"](vault)
        with contextlib.closing(SecretServiceKeychain()) as other:
            item = bytes(other.get(account))
        duplicate(account, b"from another program")
        for read in READS.values():
            with pytest.raises(CredentialCorruptError, match="'first'"):
                read(vault)
        duplicate(account, item)
        assert copies(account) == 3
        for read in READS.values():
            read(vault)
        vault.update_secret("first", fields={"secret": "value of first"})
        assert copies(account) == 1
    place.assert_well("mended")


def test_an_old_copy_that_is_put_beside_is_refused_and_deleting_leaves_none(place: Place) -> None:
    with place.open() as vault:
        account = vault.find_secret("first").account
        old = bytes(parts(vault).keychain.get(account))
        vault.update_secret("first", fields={"secret": "newer"})
        duplicate(account, old)
        for read in READS.values():
            with pytest.raises(CredentialCorruptError, match="older"):
                read(vault)
        vault.delete_secret("first")
        assert copies(account) == 0
    place.assert_well("delete")
