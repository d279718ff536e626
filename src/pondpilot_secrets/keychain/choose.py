"""Which store a vault gets, and why: the system's keychain where one answers, else the encrypted file. Never plain text."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import PlatformNotSupportedError, SecretError
from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.settings import Store

if TYPE_CHECKING:
    from pondpilot_secrets.keychain.base import KeychainProvider

SYSTEM, FILE = "system", "file"


@dataclass(frozen=True, slots=True)
class Choice:
    """The store that was chosen, and a sentence that says why."""

    store: str
    reason: str


def open_system() -> KeychainProvider:
    """Open the system's keychain."""
    from pondpilot_secrets.keychain.system_store import open_system_keychain

    return open_system_keychain()


def status_of_system() -> KeychainStatus:
    """Say whether the system's keychain answers and is unlocked, without a prompt."""
    try:
        keychain = open_system()
    except SecretError as error:
        return KeychainStatus(False, False, "no keychain", error.message, error.hint)
    try:
        return keychain.status()
    finally:
        keychain.close()


def choose(status: KeychainStatus, *, can_ask: bool) -> Choice:
    """Choose between the two by what the system's keychain says of itself.

    `can_ask` is whether somebody can see the prompt of a locked keychain: a locked one without is as good as none.
    """
    if not status.available:
        return Choice(FILE, f"no system keychain answers: {status.reason}")
    if not status.locked:
        return Choice(SYSTEM, f"{status.description} answers and is unlocked")
    if can_ask:
        return Choice(SYSTEM, f"{status.description} answers, and can ask for its password")
    return Choice(FILE, f"{status.description} is locked, and nobody here could answer its prompt")


def require_usable(status: KeychainStatus) -> None:
    """Raise `PlatformNotSupportedError` unless the system's keychain answers."""
    if not status.available:
        raise PlatformNotSupportedError(f"the system keychain does not answer: {status.reason}", hint=status.hint)


def choose_store(wanted: str) -> Choice:
    """Choose the store of a new vault: the one asked for, else what `auto` finds; raises when that one is absent."""
    if wanted == Store.FILE:
        return Choice(FILE, "it was asked for")
    status = status_of_system()
    if wanted == Store.SYSTEM:
        require_usable(status)
        return Choice(SYSTEM, "it was asked for")
    return choose(status, can_ask=somebody_sees_prompts())


def somebody_sees_prompts() -> bool:
    """Whether a prompt of the keychain would appear on somebody's screen."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
