"""The suite that every keychain provider passes, ours and anybody else's.

Inherit `KeychainConformance` in a pytest module and give a fixture `provider` that opens an empty one.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import CredentialMissingError
from pondpilot_secrets.keychain.base import KeychainProvider

if TYPE_CHECKING:
    from collections.abc import Sequence

ACCOUNT = "s3:550e8400-e29b-41d4-a716-446655440000"
ALL_BYTES = bytes(range(256))


class KeychainConformance:
    """What holds for every provider."""

    payloads: Sequence[bytes] = (b"{}", b"x", ALL_BYTES, "🔑 שלום".encode(), b"\n\0 trailing ", b"m" * 1_000_000)

    def test_is_a_provider(self, provider: KeychainProvider) -> None:
        """It has every method of the contract."""
        _hold(isinstance(provider, KeychainProvider), "the provider lacks a method of the contract")

    def test_payloads_come_back_exactly(self, provider: KeychainProvider) -> None:
        """Every byte comes back, whatever its value and however many there are."""
        for payload in self.payloads:
            provider.set(ACCOUNT, payload)
            _hold(provider.get(ACCOUNT) == payload, f"{len(payload)} bytes came back changed")

    def test_payloads_come_as_buffers_that_can_be_wiped(self, provider: KeychainProvider) -> None:
        """What is returned is the caller's own: wiping it changes nothing that is stored."""
        provider.set(ACCOUNT, b"value")
        first = provider.get(ACCOUNT)
        first[:] = bytes(len(first))
        _hold(provider.get(ACCOUNT) == b"value", "wiping a reply changed the store")

    def test_buffers_of_any_kind_are_stored_and_left_alone(self, provider: KeychainProvider) -> None:
        """bytes, bytearray and memoryview are taken, and not changed."""
        for payload in (b"value", bytearray(b"value"), memoryview(b"value")):
            provider.set(ACCOUNT, payload)
            _hold(bytes(payload) == b"value", "storing changed the caller's buffer")
            _hold(provider.get(ACCOUNT) == b"value", "a buffer came back changed")

    def test_a_second_set_replaces_the_first(self, provider: KeychainProvider) -> None:
        """There is one payload an account."""
        provider.set(ACCOUNT, b"old" * 1000)
        provider.set(ACCOUNT, b"new")
        _hold(provider.get(ACCOUNT) == b"new", "the old payload came back")
        _hold(provider.list_accounts() == [ACCOUNT], "the account is listed more than once")

    def test_a_missing_account_says_so(self, provider: KeychainProvider) -> None:
        """`get` raises CredentialMissingError."""
        try:
            provider.get("s3:nobody")
        except CredentialMissingError:
            return
        raise AssertionError("a missing account gave a payload")

    def test_deleting_removes_and_may_be_repeated(self, provider: KeychainProvider) -> None:
        """A deleted account is gone; deleting what is not there does nothing."""
        provider.set(ACCOUNT, b"value")
        provider.delete(ACCOUNT)
        provider.delete(ACCOUNT)
        _hold(provider.list_accounts() == [], "a deleted account is still listed")
        self.test_a_missing_account_says_so(provider)

    def test_a_batch_gives_what_exists(self, provider: KeychainProvider) -> None:
        """`get_many` leaves out what is missing, in small batches and in large ones."""
        stored = {f"s3:{number:03}": b"value %d" % number for number in range(30)}
        provider.set_many(stored)
        for wanted in (["s3:001"], ["s3:003", "s3:nobody"], [*stored, "s3:nobody"], []):
            expected = {account: stored[account] for account in wanted if account in stored}
            _hold(provider.get_many(wanted) == expected, f"a batch of {len(wanted)} was wrong")

    def test_a_batch_sees_what_was_just_changed(self, provider: KeychainProvider) -> None:
        """A batch after a replacement, a deletion and a new item gives the present state."""
        accounts = [f"s3:{number}" for number in range(8)]
        provider.set_many(dict.fromkeys(accounts, b"old"))
        provider.get_many(accounts)
        provider.set(accounts[0], b"new")
        provider.delete(accounts[1])
        provider.delete(accounts[2])
        provider.set(accounts[2], b"again")
        found = provider.get_many(accounts)
        _hold(bytes(found[accounts[0]]) == b"new", "a batch gave a replaced payload")
        _hold(accounts[1] not in found, "a batch gave a deleted payload")
        _hold(
            accounts[2] in found and bytes(found[accounts[2]]) == b"again",
            "a batch missed an item that was deleted and made again",
        )

    def test_accounts_are_listed_sorted(self, provider: KeychainProvider) -> None:
        """All accounts, in order, also those with unusual characters."""
        accounts = ["azure:1", "s3:2", "s3:ü-🔑", "vault:x"]
        for account in reversed(accounts):
            provider.set(account, b"value")
        _hold(provider.list_accounts() == sorted(accounts), "the list is wrong")

    def test_threads_do_not_disturb_each_other(self, provider: KeychainProvider) -> None:
        """Four threads write and read accounts of their own."""
        failures: list[str] = []

        def work(thread: int) -> None:
            for number in range(10):
                account, payload = f"s3:{thread}-{number}", b"%d %d" % (thread, number)
                provider.set(account, payload)
                if provider.get(account) != payload:
                    failures.append(account)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _hold(failures == [], f"payloads were mixed up: {failures}")
        _hold(len(provider.list_accounts()) == 40, "an account that a thread wrote is not listed")

    def test_an_open_provider_is_usable(self, provider: KeychainProvider) -> None:
        """Its status says so, and unlocking it does nothing."""
        provider.unlock()
        status = provider.status()
        _hold(status.usable, f"the status says: {status}")
        _hold(bool(status.description), "the status does not say which keychain it is")


def _hold(condition: bool, otherwise: str) -> None:
    if not condition:
        raise AssertionError(otherwise)
