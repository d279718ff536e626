"""The operating system's keychain through keyring-rs: Secret Service, macOS Keychain, Windows Credential Manager."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any, TypeVar

from pondpilot_secrets.errors import (
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    SecretError,
)
from pondpilot_secrets.keychain import splitting
from pondpilot_secrets.keychain.base import CALL_DEADLINE, PROMPT_DEADLINE, SERVICE, KeychainStatus
from pondpilot_secrets.keychain.system_errors import UNLOCK_COMMAND, translated
from pondpilot_secrets.secure import wipe
from pondpilot_secrets.secure.freed import overwrite_blocks, overwritten_when_freed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.secret_service import SecretService

STORE_NAMES = {"linux": "secret-service", "darwin": "keychain", "win32": "windows"}
DESCRIPTIONS = {
    "secret-service": "the Secret Service of this session (GNOME Keyring, KWallet or KeePassXC)",
    "keychain": "the macOS Keychain",
    "windows": "Windows Credential Manager",
}

NO_LIMIT = sys.maxsize
LIMITS = {"windows": 2_500}
"""Bytes an item may hold: Windows allows 2,560 a credential (CRED_MAX_CREDENTIAL_BLOB_SIZE)."""

BATCH_FROM = 4
"""How many reads are cheaper in a batch: a batch loads a D-Bus library and negotiates a session of its own first."""

LOCK_CHECK_INTERVAL = 1.0
"""Seconds for which the keychain is believed to be unlocked still; asking costs a round trip."""

Answer = TypeVar("Answer")

_store_lock = threading.Lock()


class SystemKeychain:
    """Items under the design's service name, one per account, in the keychain of the platform. Safe between threads.

    keyring-rs waits for a keychain's prompt without end and with the interpreter stopped. On Linux this class therefore
    asks first whether the keychain is locked, and unlocks it over a connection that has a deadline.
    """

    name = "system"

    def __init__(
        self,
        *,
        limit: int | None = None,
        call_deadline: float = CALL_DEADLINE,
        prompt_deadline: float = PROMPT_DEADLINE,
    ) -> None:
        """Choose the platform's store.

        `limit` is the largest item in bytes, the platform's own when None. Raises `PlatformNotSupportedError` where there
        is no keychain, `KeychainUnavailableError` where it does not answer.
        """
        self._store = STORE_NAMES["linux" if sys.platform.startswith("linux") else sys.platform]
        self._limit = limit or LIMITS.get(self._store, NO_LIMIT)
        self._deadlines = (call_deadline, prompt_deadline)
        self._service: SecretService | None = None
        self._unlocked_until = 0.0
        self._lock = threading.RLock()
        self._rust = _rust_library(self._store)

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`."""
        self._make_sure_it_is_unlocked()
        return splitting.read(self, account)

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads that exist; on the Secret Service in one call for all."""
        self._make_sure_it_is_unlocked()
        if self._store == "secret-service" and self._limit == NO_LIMIT and len(accounts) >= BATCH_FROM:
            return self._asked(lambda service: service.get_many(accounts))
        found = {}
        for account in accounts:
            try:
                found[account] = splitting.read(self, account)
            except CredentialMissingError:
                continue
        return found

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload, over several items where it is too long for one."""
        self._make_sure_it_is_unlocked()
        if self._limit == NO_LIMIT:
            self.write(account, payload)
        else:
            splitting.write(self, account, payload, self._limit)

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store payloads one after another: keychains have no transactions."""
        for account, payload in payloads.items():
            self.set(account, payload)

    def delete(self, account: str) -> None:
        """Remove the payload."""
        self._make_sure_it_is_unlocked()
        if self._limit == NO_LIMIT:
            self.remove(account)
        else:
            splitting.remove(self, account)

    def list_accounts(self) -> list[str]:
        """Return every account of our service."""
        if self._store == "secret-service":
            accounts = self._asked(lambda service: service.list_accounts())
        else:
            entries = self._call(lambda: self._rust.Entry.search({"service": SERVICE}))
            accounts = sorted(str(entry.get_specifiers()[1]) for entry in entries)
        return [account for account in accounts if not splitting.is_part(account)]

    def status(self) -> KeychainStatus:
        """Say whether the keychain answers and is unlocked, without a prompt."""
        description = DESCRIPTIONS[self._store]
        if self._store != "secret-service":
            return KeychainStatus(True, False, description)
        try:
            locked = self._asked(lambda service: service.locked())
        except KeychainLockedError as error:
            return KeychainStatus(True, True, description, error.message, error.hint)
        except SecretError as error:
            return KeychainStatus(False, False, description, error.message, error.hint)
        if locked:
            hint = f"`pond vault unlock` asks for its password; without a display {UNLOCK_COMMAND}"
            return KeychainStatus(True, True, description, "it is locked", hint)
        return KeychainStatus(True, False, description)

    def unlock(self) -> None:
        """Unlock, asking whoever must be asked; raises `PromptDismissedError`, `PromptTimeoutError`."""
        if self._store == "secret-service" and self._asked(lambda service: service.locked()):
            self._asked(lambda service: service.unlock())

    def close(self) -> None:
        """Let go of our own connection; keyring-rs keeps its one for the process."""
        with self._lock:
            if self._service is not None:
                self._service.close()
                self._service = None

    # --- raw items, for `splitting` ---

    def read(self, account: str) -> bytearray:
        """Return one item."""
        with overwritten_when_freed():  # keyring-rs erases nothing
            secret = self._call(lambda: self._entry(account).get_secret(), account)
            try:
                return bytearray(secret)
            finally:
                wipe(secret)
                overwrite_blocks(len(secret))

    def write(self, account: str, payload: Payload) -> None:
        """Write one item."""
        copy = bytes(payload)
        with overwritten_when_freed():
            try:
                self._call(lambda: self._entry(account).set_secret(copy), account)
            finally:
                if copy is not payload:
                    wipe(copy)
                overwrite_blocks(len(copy))

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
            known = translated(error, account)
        try:
            if not isinstance(known, KeychainUnavailableError) or known.silent:
                raise known
        finally:
            del known  # or the error and this frame would hold each other, and every value of our callers, for a while
        _choose_store(self._rust, self._store)
        try:
            return call()
        except (RuntimeError, ValueError) as error:
            raise translated(error, account) from None

    def _asked(self, ask: Callable[[SecretService], Answer]) -> Answer:
        """Ask over our own connection; once more on a new one where the old one broke."""
        try:
            return ask(self._connected())
        except KeychainUnavailableError as error:
            if error.silent:
                raise
        self.close()
        return ask(self._connected())

    def _make_sure_it_is_unlocked(self) -> None:
        if self._store != "secret-service" or time.monotonic() < self._unlocked_until:
            return
        self.unlock()
        self._unlocked_until = time.monotonic() + LOCK_CHECK_INTERVAL

    def _connected(self) -> SecretService:
        with self._lock:
            if self._service is None:
                from pondpilot_secrets.keychain.secret_service import SecretService

                self._service = SecretService(*self._deadlines)
            return self._service


def _rust_library(store: str) -> Any:
    """Import keyring-rs and choose its store, once in a process."""
    import rust_native_keyring

    with _store_lock:
        if rust_native_keyring.store_info() is None:
            _choose_store(rust_native_keyring, store)
    return rust_native_keyring


def _choose_store(library: Any, store: str) -> None:
    try:
        library.use_named_store(store)
    except (RuntimeError, ValueError) as error:
        raise translated(error) from None
