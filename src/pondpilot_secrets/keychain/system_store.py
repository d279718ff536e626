"""The store `system`: the operating system's own keychain."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, ClassVar

from pondpilot_secrets.errors import KeychainLockedError, PlatformNotSupportedError, SecretError
from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.keychain.store_kind import StoreKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.keychain.store_kind import StoreContext


class SystemStore(StoreKind):
    """The Secret Service on Linux and the BSDs, keyring-rs on macOS and Windows."""

    name: ClassVar[str] = "system"
    label: ClassVar[str] = "the system's keychain"
    automatic: ClassVar[bool] = True

    def status(self, context: StoreContext | None = None) -> KeychainStatus:
        """Say whether the keychain answers and is unlocked, without a prompt."""
        del context
        try:
            keychain = open_system_keychain()
        except SecretError as error:
            return KeychainStatus(False, False, "no keychain", error.message, error.hint)
        with contextlib.closing(keychain):
            return keychain.status()

    def create(self, context: StoreContext, *, replace: bool = False) -> KeychainProvider:
        """Make sure that the keychain answers, and unlock it; items that are there already are replaced one by one."""
        del replace
        self.require_available()
        keychain = self.open(context)
        try:
            keychain.unlock()
        except BaseException:
            keychain.close()
            raise
        return keychain

    def open(self, context: StoreContext | None = None) -> KeychainProvider:
        """Open the keychain; the first call connects, and prompts where it is locked."""
        del context
        return open_system_keychain()

    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        """Delete the accounts."""
        status = self.require_available()
        if status.locked:
            raise KeychainLockedError("the keychain is locked")
        with contextlib.closing(self.open(context)) as keychain:
            for account in accounts:
                keychain.delete(account)

    def opens_unattended(self, context: StoreContext) -> bool:
        """Whether the keychain answers and is unlocked."""
        return self.status(context).usable

    def can_prompt(self) -> bool:
        """Whether there is a screen; macOS and Windows show their prompts themselves."""
        if sys.platform in ("darwin", "win32"):
            return True
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))

    def require_available(self) -> KeychainStatus:
        """Return the status; raises `PlatformNotSupportedError` (1004) where the keychain does not answer."""
        status = self.status()
        if not status.available:
            raise PlatformNotSupportedError(f"the system keychain does not answer: {status.reason}", hint=status.hint)
        return status


def open_system_keychain() -> KeychainProvider:
    """Open the keychain of this platform.

    Raises `PlatformNotSupportedError` or `KeychainUnavailableError`, here or at its first use.
    """
    if sys.platform in ("darwin", "win32"):
        from pondpilot_secrets.keychain.native import NativeKeychain

        return NativeKeychain()
    from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain

    return SecretServiceKeychain()
