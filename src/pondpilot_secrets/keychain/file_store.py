"""The store `file`: the encrypted file in the vault's folder, opened with whichever of its keys is at hand."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, ClassVar

from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.keychain.store_kind import Capability, StoreKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.keychain.encrypted_file.key_sources import KeySource
    from pondpilot_secrets.keychain.store_kind import KeySlotProvider, StoreContext

FILE_NAME = "secrets.db"


def path_of(context: StoreContext) -> Path:
    """Return where the encrypted file of a vault lies."""
    return context.home / FILE_NAME


class FileStore(StoreKind):
    """Payloads in an encrypted SQLite file; see `docs/formats/encrypted-file.md`."""

    name: ClassVar[str] = "file"
    label: ClassVar[str] = "the encrypted file"
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability)
    automatic: ClassVar[bool] = True

    def status(self, context: StoreContext) -> KeychainStatus:
        """Say whether the file is there, and whether a key that is at hand may open it; it is not opened."""
        path = path_of(context)
        description = f"the encrypted file {path}"
        if path.exists() and not self.opens_unattended(context):
            reason, hint = "it needs its passphrase or key file", "POND_PASSPHRASE_FILE or POND_KEY_FILE names it"
            return KeychainStatus(True, True, description, reason, hint)
        return KeychainStatus(True, False, description)

    def create(self, context: StoreContext, *, replace: bool = False) -> KeychainProvider:
        """Make the file under the keys that are given; an empty one, left by a process that died, is replaced."""
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile
        from pondpilot_secrets.keychain.given_keys import given_keys

        path = path_of(context)
        if replace or (path.exists() and EncryptedFile.is_empty(path)):
            EncryptedFile.remove(path)
        with given_keys(context, new=True) as keys:
            return EncryptedFile.create(path, keys)

    def open(self, context: StoreContext) -> KeychainProvider:
        """Open the file with the key files, then the keychain, then what may ask somebody.

        A keychain that would have to ask comes only where there is no other way.
        """
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, KeychainKey
        from pondpilot_secrets.keychain.given_keys import given_keys
        from pondpilot_secrets.keychain.system_store import SystemStore

        path, system = path_of(context), SystemStore()
        kinds = EncryptedFile.kinds_of_slots(path)
        with contextlib.ExitStack() as stack:
            given = stack.enter_context(given_keys(context, new=False))
            keys = [key for key in given if key.kind == "file" and key.kind in kinds]
            others = [key for key in given if key.kind != "file" and key.kind in kinds]
            if "keychain" in kinds and (system.status().usable or not (keys or others)):
                keys.append(KeychainKey(stack.enter_context(contextlib.closing(system.open()))))
            return EncryptedFile.open(path, [*keys, *others])

    def open_with(self, context: StoreContext, keys: Sequence[KeySource]) -> KeySlotProvider:
        """Open the file with these keys alone."""
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

        return EncryptedFile.open(path_of(context), keys)

    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        """Remove the file, which is the vault's own, with everything in it."""
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

        del accounts
        EncryptedFile.remove(path_of(context))

    def opens_unattended(self, context: StoreContext) -> bool:
        """Whether a key file or a passphrase file is named."""
        return bool(context.key_files) or context.passphrase_file is not None

    def holds_items(self, context: StoreContext) -> bool:
        """Whether the file is there and not empty."""
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

        path = path_of(context)
        return path.exists() and not EncryptedFile.is_empty(path)

    def slot_kinds(self, context: StoreContext) -> tuple[str, ...]:
        """Return the kinds of its slots."""
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile

        return EncryptedFile.kinds_of_slots(path_of(context))
