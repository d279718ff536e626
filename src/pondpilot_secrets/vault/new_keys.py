"""The keys that a vault in an encrypted file is to open with: what rekeying and recovering have in common."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit import Action, AuditEntry, Outcome
from pondpilot_secrets.errors import SecretError, UsageError
from pondpilot_secrets.keychain import choose
from pondpilot_secrets.vault import opening

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, KeySource
    from pondpilot_secrets.keychain.encrypted_file.key_slots import KeySlot
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.settings import Settings
    from pondpilot_secrets.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class NewKeys:
    """One key or several, each opening the vault by itself; `passphrase` may be a function that asks for it."""

    key_file: Path | None = None
    passphrase: Passphrase = None
    keychain: bool = False

    @contextlib.contextmanager
    def sources(self, settings: Settings) -> Iterator[list[KeySource]]:
        """Give where the wrapping keys come from; whoever is to be asked is asked at once, while no lock is held.

        Raises `UsageError` (1022) when no key is given at all, and the errors of an absent keychain.
        """
        from pondpilot_secrets.keychain.encrypted_file import KeychainKey

        if self.key_file is None and self.passphrase is None and not self.keychain:
            raise UsageError(
                "no new key is given", hint="a passphrase, a key file or the system's keychain can open a vault"
            )
        if self.keychain:
            choose.require_usable(choose.status_of_system())
        with contextlib.ExitStack() as stack:
            sources = self._of_ones_own(settings, stack)
            if self.keychain:
                sources.append(KeychainKey(stack.enter_context(contextlib.closing(choose.open_system()))))
            yield sources

    def _of_ones_own(self, settings: Settings, stack: contextlib.ExitStack) -> list[KeySource]:
        passphrase = self.passphrase
        if callable(passphrase):
            passphrase = stack.enter_context(passphrase(True))
        elif passphrase is None and self.key_file is None:
            return []
        settings = replace(settings, key_file=self.key_file, passphrase_file=None)
        return opening.key_sources(settings, passphrase, new=True)


def encrypted_file(vault: Vault) -> EncryptedFile:
    """Return the open encrypted file of a vault; raises `UsageError` (1022) where the vault is in another one."""
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

    store = vault.keychain
    if not isinstance(store, EncryptedFile):
        raise UsageError(
            "only a vault in an encrypted file has keys of its own",
            hint="the system's keychain looks after its own key",
        )
    return store


@contextlib.contextmanager
def recorded_first(vault: Vault, action: Action, detail: str | None = None) -> Iterator[None]:
    """Record before keys are changed, so that none is changed unrecorded, and record too when it failed after all."""
    vault.record([AuditEntry(action, detail=detail)])
    try:
        yield
    except SecretError as error:
        with contextlib.suppress(SecretError):
            vault.record([AuditEntry(action, outcome=Outcome.FAILED, code=error.code, detail=detail)])
        raise


def forget_items(removed: Iterable[KeySlot]) -> None:
    """Delete the keychain items of slots that are gone, where the keychain answers: nothing opens with them any more."""
    from pondpilot_secrets.keychain.encrypted_file import KeychainKey

    slots = [slot for slot in removed if slot.kind == "keychain"]
    if not slots or not choose.status_of_system().usable:
        return
    with contextlib.suppress(SecretError), contextlib.closing(choose.open_system()) as keychain:
        for slot in slots:
            KeychainKey(keychain).discard(slot.parameters)
