"""The keychains of macOS and Windows through keyring-rs, the design's own library."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import CredentialMissingError
from pondpilot_secrets.keychain import item_text, split_items
from pondpilot_secrets.keychain.base import SERVICE, KeychainStatus
from pondpilot_secrets.keychain.native_errors import LostConnectionError, map_error
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pondpilot_secrets.keychain.base import Payload

STORE_NAMES = {"darwin": "keychain", "win32": "windows"}
DESCRIPTIONS = {"keychain": "the macOS Keychain", "windows": "Windows Credential Manager"}

NO_LIMIT = sys.maxsize
LIMITS = {"windows": 2_500}
"""Bytes an item may hold: Windows allows 2,560 a credential (CRED_MAX_CREDENTIAL_BLOB_SIZE)."""

_store_lock = threading.Lock()


class NativeKeychain:
    """Items under the design's service name, one per account, in the keychain of the platform. Safe between threads."""

    name = "system"

    def __init__(self, *, store: str | None = None, limit: int | None = None, library: Any = None) -> None:
        """Choose the platform's store, or any that keyring-rs knows by this name.

        `limit` is the largest item in bytes, the platform's own when None; `library` stands in for keyring-rs. Raises
        `PlatformNotSupportedError` where there is no keychain, `KeychainUnavailableError` where it does not answer.
        """
        self._store = store or STORE_NAMES[sys.platform]
        self._limit = limit or LIMITS.get(self._store, NO_LIMIT)
        self._rust = library or _rust_library(self._store)

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`."""
        return item_text.decode(account, split_items.read(self, account))

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads that exist."""
        found = {}
        for account in accounts:
            try:
                found[account] = self.get(account)
            except CredentialMissingError:
                continue
        return found

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload, over several items where it is too long for one."""
        text = item_text.encode(account, payload)
        try:
            if self._limit == NO_LIMIT:
                self.write(account, text)
            else:
                split_items.write(self, account, text, self._limit)
        finally:
            wipe(text)

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store payloads one after another: keychains have no transactions."""
        for account, payload in payloads.items():
            self.set(account, payload)

    def delete(self, account: str) -> None:
        """Remove the payload."""
        if self._limit == NO_LIMIT:
            self.remove(account)
        else:
            split_items.remove(self, account)

    def list_accounts(self) -> list[str]:
        """Return every account of our service."""
        entries = self._call(lambda: self._rust.Entry.search({"service": SERVICE}))
        accounts = sorted(str(entry.get_specifiers()[1]) for entry in entries)
        return [account for account in accounts if not split_items.is_part(account)]

    def status(self) -> KeychainStatus:
        """Say that the keychain answers; whether it is locked, these platforms tell only by prompting."""
        return KeychainStatus(True, False, DESCRIPTIONS.get(self._store, self._store))

    def unlock(self) -> None:
        """Do nothing: the platform asks by itself when an item is read."""

    def close(self) -> None:
        """Do nothing: keyring-rs keeps its one connection for the process."""

    # --- raw items, for `split_items` ---

    def read(self, account: str) -> bytearray:
        """Return one item."""
        secret = self._call(lambda: self._entry(account).get_secret(), account)
        try:
            return bytearray(secret)
        finally:
            wipe(secret)

    def write(self, account: str, payload: Payload) -> None:
        """Write one item."""
        copy = bytes(payload)
        try:
            self._call(lambda: self._entry(account).set_secret(copy), account)
        finally:
            if copy is not payload:
                wipe(copy)

    def remove(self, account: str) -> None:
        """Remove one item, if it is there."""
        try:
            self._call(lambda: self._entry(account).delete_credential(), account)
        except CredentialMissingError:
            return

    def _entry(self, account: str) -> Any:
        return self._rust.Entry(SERVICE, account)

    def _call(self, call: Callable[[], Any], account: str | None = None) -> Any:
        """Carry out a call of keyring-rs; once more on a new connection where the old one broke."""
        try:
            return call()
        except (RuntimeError, ValueError) as error:
            known = map_error(error, account)
        if not isinstance(known, LostConnectionError):
            raise known
        _choose_store(self._rust, self._store)
        try:
            return call()
        except (RuntimeError, ValueError) as error:
            known = map_error(error, account)
        raise known  # out here, because the library's own error may hold the payload and must not travel along


def _rust_library(store: str) -> Any:
    """Import keyring-rs and choose its store, once in a process."""
    import rust_native_keyring

    with _store_lock:
        if rust_native_keyring.store_info() == "None":  # the text: that is how the library says it
            _choose_store(rust_native_keyring, store)
    return rust_native_keyring


def _choose_store(library: Any, store: str) -> None:
    try:
        library.use_named_store(store)
    except (RuntimeError, ValueError) as error:
        known = map_error(error)
    else:
        return
    raise known
