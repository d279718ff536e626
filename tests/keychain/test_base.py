"""The contract: what counts as a provider, and when one is usable."""

from __future__ import annotations

import pytest

from pondpilot_secrets.keychain.base import KeychainProvider, KeychainStatus
from pondpilot_secrets.keychain.memory import MemoryKeychain


@pytest.mark.parametrize(
    ("available", "locked", "usable"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_a_keychain_is_usable_when_it_answers_and_is_unlocked(available: bool, locked: bool, usable: bool) -> None:
    assert KeychainStatus(available, locked, "x").usable is usable


def test_what_lacks_a_method_is_no_provider() -> None:
    class Incomplete:
        name = "incomplete"

        def get(self, account: str) -> bytearray:
            return bytearray(account.encode())

    assert isinstance(MemoryKeychain(), KeychainProvider)
    assert not isinstance(Incomplete(), KeychainProvider)
