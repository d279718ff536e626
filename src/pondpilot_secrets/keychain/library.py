"""The keyring library, for the few platforms that keyring-rs has no wheel for.

Its backends are allow-listed by class: with keyrings.alt installed and no bus it would write secrets to a file in base64
and say nothing.
"""

from __future__ import annotations

import binascii
import threading
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.errors import (
    CredentialAlteredError,
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    SecretError,
)
from pondpilot_secrets.keychain.base import SERVICE, KeychainStatus
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from pondpilot_secrets.keychain.base import Payload

ALLOWED_BACKENDS = frozenset(
    {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
)
"""Backends that keep secrets in an operating system's keychain."""

_INDEX = "pondpilot:index"
_PREFIX = "base64:"


class LibraryKeychain:
    """Items through the keyring library, as base64 text; the library has no listing, so an index item names the accounts."""

    name = "system"

    def __init__(self, backend: Any = None) -> None:
        """Take the backend that keyring chooses, or this one; raises `PlatformNotSupportedError` for one not allowed."""
        chosen = _chosen_backend() if backend is None else backend
        kind = f"{type(chosen).__module__}.{type(chosen).__qualname__}"
        if kind not in ALLOWED_BACKENDS:
            raise PlatformNotSupportedError(
                f"the keyring library would use {kind}, which is not a system keychain",
                hint="use the encrypted file instead: POND_STORE=file",
            )
        self._backend = chosen
        self._kind = kind
        self._index = threading.Lock()  # between threads; between processes the vault's write lock is
        # Backends promise nothing to threads, and gnome-keyring-daemon dies now and then of the library's many connections.
        self._one_at_a_time = threading.Lock()

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`."""
        text = self._call(lambda: self._backend.get_password(SERVICE, account))
        if text is None:
            raise CredentialMissingError(f"the keychain does not hold the item {account}")
        encoded, plain = text.removeprefix(_PREFIX), b""
        try:
            plain = binascii.a2b_base64(encoded, strict_mode=True)
            return bytearray(plain)
        except (binascii.Error, ValueError):
            raise CredentialAlteredError(f"the item {account} does not hold what was saved") from None
        finally:
            for each in (text, encoded, plain):
                wipe(each)

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads that exist, one after another."""
        found = {}
        for account in accounts:
            try:
                found[account] = self.get(account)
            except CredentialMissingError:
                continue
        return found

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload."""
        self.set_many({account: payload})

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store payloads one after another."""
        with self._index:
            self._write_index({*self.list_accounts(), *payloads})
        for account, payload in payloads.items():
            self._write(account, payload)

    def delete(self, account: str) -> None:
        """Remove the payload."""
        if self._call(lambda: self._backend.get_password(SERVICE, account)) is not None:
            self._call(lambda: self._backend.delete_password(SERVICE, account))
        with self._index:
            self._write_index(other for other in self.list_accounts() if other != account)

    def list_accounts(self) -> list[str]:
        """Return the accounts of the index item."""
        text = self._call(lambda: self._backend.get_password(SERVICE, _INDEX))
        return sorted(text.split("\n")) if text else []

    def status(self) -> KeychainStatus:
        """Ask for an item that is not there."""
        try:
            self.list_accounts()
        except KeychainLockedError as error:
            return KeychainStatus(True, True, self._kind, error.message, error.hint)
        except SecretError as error:
            return KeychainStatus(False, False, self._kind, error.message, error.hint)
        return KeychainStatus(True, False, self._kind)

    def unlock(self) -> None:
        """Ask for an item, which makes the library unlock the keychain."""
        self.list_accounts()

    def close(self) -> None:
        """Do nothing: the library keeps no connection."""

    def _write(self, account: str, payload: Payload) -> None:
        encoded = binascii.b2a_base64(payload, newline=False)
        characters = encoded.decode()
        text = _PREFIX + characters
        wipe(characters)
        try:
            self._call(lambda: self._backend.set_password(SERVICE, account, text))
        finally:
            wipe(encoded)
            wipe(text)

    def _write_index(self, accounts: Iterable[str]) -> None:
        wanted = sorted(accounts)
        if wanted != self.list_accounts():
            self._call(lambda: self._backend.set_password(SERVICE, _INDEX, "\n".join(wanted)))

    def _call(self, call: Callable[[], Any]) -> Any:
        import keyring.errors

        failure: SecretError
        try:
            with self._one_at_a_time:
                return call()
        except keyring.errors.KeyringLocked:
            failure = KeychainLockedError("the keychain is locked")
        except Exception as error:  # noqa: BLE001 - backends raise errors of their libraries, too
            failure = KeychainUnavailableError(f"the keychain failed: {type(error).__name__}")
        raise failure  # out here, because the library's own error may hold the payload and must not travel along


def _chosen_backend() -> Any:
    try:
        import keyring
    except ImportError:
        raise PlatformNotSupportedError(
            "neither keyring-rs nor the keyring library is installed", hint="pip install keyring"
        ) from None
    return keyring.get_keyring()
