"""The keys that a vault in an encrypted file is to open with: what rekeying and recovery codes have in common."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pondpilot_secrets.keychain.encrypted_file import KeySource
    from pondpilot_secrets.keychain.encrypted_file.key_slots import KeySlot
    from pondpilot_secrets.models import Passphrase


@dataclass(frozen=True, slots=True)
class NewKeys:
    """One key or several, each opening the vault by itself; `passphrase` may be a function that asks for it."""

    key_file: Path | None = None
    passphrase: Passphrase = None
    keychain: bool = False

    @contextlib.contextmanager
    def sources(self, home: Path) -> Iterator[list[KeySource]]:
        """Give where the wrapping keys come from; who is to be asked is asked at once, while no lock is held.

        Raises `UsageError` (1022) when no key is given at all, and the errors of an absent keychain.
        """
        from pondpilot_secrets.keychain.encrypted_file import KeychainKey
        from pondpilot_secrets.keychain.system_store import SystemStore

        if self.key_file is None and self.passphrase is None and not self.keychain:
            raise UsageError(
                "no new key is given", hint="a passphrase, a key file or the system's keychain can open a vault"
            )
        system = SystemStore()
        if self.keychain:
            system.require_available()
        with contextlib.ExitStack() as stack:
            sources = self._given(home, stack)
            if self.keychain:
                sources.append(KeychainKey(stack.enter_context(contextlib.closing(system.open()))))
            yield sources

    def _given(self, home: Path, stack: contextlib.ExitStack) -> list[KeySource]:
        from pondpilot_secrets.keychain.given_keys import given_keys
        from pondpilot_secrets.keychain.store_kind import StoreContext

        passphrase = self.passphrase
        if callable(passphrase):
            passphrase = stack.enter_context(passphrase(True))
        elif passphrase is None and self.key_file is None:
            return []
        key_files = () if self.key_file is None else (self.key_file,)
        return stack.enter_context(given_keys(StoreContext(home, key_files, passphrase), new=True))


def delete_keychain_keys(removed: Iterable[KeySlot]) -> None:
    """Delete the keychain items of slots that are gone, where the keychain answers: nothing opens with them any more."""
    from pondpilot_secrets.keychain.encrypted_file import KeychainKey
    from pondpilot_secrets.keychain.system_store import SystemStore

    slots, system = [slot for slot in removed if slot.kind == "keychain"], SystemStore()
    if not slots or not system.status().usable:
        return
    try:
        with contextlib.closing(system.open()) as keychain:
            for slot in slots:
                KeychainKey(keychain).discard(slot.parameters)
    except SecretError as error:
        log.info("vault", "keys that open nothing any more stay in the keychain: %s", error.message)
