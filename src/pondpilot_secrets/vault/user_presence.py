"""Asking whether the person is there: how this vault asks, whom, and when nobody needs to be asked."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.access.presence.mode import GRACE, NOBODY, OFF, Mode
from pondpilot_secrets.errors import AuditBrokenError, DecryptionFailedError, UsageError
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.settings import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pondpilot_secrets.access.presence.base import PresenceCheck
    from pondpilot_secrets.access.presence.gate import GateStatus, PresenceGate
    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.vault.vault import Vault

    _Checks = Callable[[], Iterable[PresenceCheck]]

MODE, GRACE_SETTING, TICKET = "presence", "presence_grace", "presence_ticket"
LONGEST_GRACE = 86_400.0

_EXEMPT = {"file": "opened with a key file", "passphrase": "opened with a passphrase"}
"""Keys of a vault in an encrypted file that programs hold, by the kind of their slot."""

_BELIEVED = 60.0
"""Seconds for which it is believed that nobody can be asked here, which takes milliseconds to find out."""


class Presence:
    """The gate of one open vault. Safe between threads."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._nobody_until = float("-inf")

    def confirm(self, reason: str) -> str:
        """Return when the person is there or need not be asked, with words for the log; raises `PresenceRefusedError`."""
        if time.monotonic() < self._nobody_until:
            return NOBODY
        if self._plainly_nobody():
            return OFF if self._vault.metadata.setting(MODE) == Mode.OFF else NOBODY
        words = self._gate(self._quick_checks).require(reason)
        if words == NOBODY:
            self._nobody_until = time.monotonic() + _BELIEVED
        return words

    def status(self) -> GateStatus:
        """Say what would happen now, without asking anybody."""
        return self._gate(self._checks, asking=False).status()

    def change(self, mode: Mode | None, grace: float | None) -> None:
        """Change how this vault asks; the caller has seen to it that the person is there.

        Raises `UsageError` (1022) for a grace that is longer than a day or shorter than nothing.
        """
        if grace is not None and not 0 <= grace <= LONGEST_GRACE:
            raise UsageError("the grace is from 0 seconds to a day", hint="for example `--grace 60`")
        metadata = self._vault.metadata
        if mode is not None:
            metadata.set_setting(MODE, mode)
        if grace is not None:
            metadata.set_setting(GRACE_SETTING, str(grace))
        metadata.set_setting(TICKET, None)

    def _plainly_nobody(self) -> bool:
        """Whether nobody can be asked, as far as a glance can tell: no polkit, and no encrypted file with a passphrase."""
        return self._vault.metadata.setting("store") != Store.FILE and _polkit_is_missing()

    def _gate(self, checks: _Checks, *, asking: bool = True) -> PresenceGate:
        from pondpilot_secrets.access.presence.gate import PresenceGate

        metadata = self._vault.metadata
        grace = float(metadata.setting(GRACE_SETTING) or GRACE)
        mode = metadata.setting(MODE) or Mode.ON
        tickets = _Tickets(metadata)
        if asking or self._vault.opens_without_asking():
            return PresenceGate(mode, grace, tickets, self._key(), checks, exempt=self._exempt(grace))
        return PresenceGate(mode, grace, tickets, _key_of_no_ticket(), checks)

    def _key(self) -> SecureString:
        """The key of the tickets; where the log lost its own, one that wrote no ticket, so that all are asked."""
        try:
            return self._vault.audit.key
        except AuditBrokenError:
            return _key_of_no_ticket()

    def _exempt(self, grace: float) -> str | None:
        """Why nobody needs to be asked: the vault was just opened with something that its owner alone has."""
        if self._vault.metadata.setting("store") != Store.FILE:
            return None
        if self._vault.passphrase_asked_at is not None:
            recently = time.monotonic() - self._vault.passphrase_asked_at <= max(grace, 1.0)
            return "confirmed by the passphrase" if recently else None
        # What did open it counts, and not what was offered: any file can be named.
        slot = getattr(self._vault.keychain, "opened_by", None)
        return None if slot is None else _EXEMPT.get(slot.kind)

    def _quick_checks(self) -> Iterable[PresenceCheck]:
        """The ways of asking, without a look at polkit's bus where its policy was never installed."""
        if _polkit_is_missing():
            passphrase = self._passphrase_check()
            return () if passphrase is None else (passphrase,)
        return self._checks()

    def _checks(self) -> Iterable[PresenceCheck]:
        from pondpilot_secrets.access.presence import choose

        return choose.checks(self._passphrase_check())

    def _passphrase_check(self) -> PresenceCheck | None:
        from pondpilot_secrets.keychain.encrypted_file import EncryptedFile
        from pondpilot_secrets.vault.opening import SECRETS_FILE

        vault = self._vault
        ask, path = vault.asker, vault.settings.home / SECRETS_FILE
        if ask is None or vault.metadata.setting("store") != Store.FILE:
            return None
        if "passphrase" not in EncryptedFile.kinds_of_slots(path):
            return None
        from pondpilot_secrets.access.presence.passphrase import Passphrase

        return Passphrase(lambda: ask(False), lambda typed: _opens(vault, typed))


def change_presence(vault: Vault, mode: Mode | str | None, grace: float | None) -> None:
    """Change whether a vault asks, and how long an answer holds; see `SecretsManager.change_presence`."""
    from pondpilot_secrets.access.audit import Action, AuditEntry

    vault.require(Grant.EXPORT)
    vault.require(Grant.WRITE)
    vault.confirm_presence("change whether this vault asks")
    mode = None if mode is None else Mode(mode)
    with vault.lock, vault.recorded() as log:
        vault.presence.change(mode, grace)
        said = [f"presence {mode}"] if mode else []
        said += [f"grace {grace:g} s"] if grace is not None else []
        log.append([AuditEntry(Action.SETTING, detail=", ".join(said))])


def _key_of_no_ticket() -> SecureString:
    return SecureString.take(os.urandom(32))


def _polkit_is_missing() -> bool:
    """Whether polkit is this platform's way of asking, and nobody installed its policy."""
    if not sys.platform.startswith("linux"):
        return False
    from pondpilot_secrets.access.presence import policy

    return not policy.policy_is_installed()


def _opens(vault: Vault, passphrase: SecureString) -> bool:
    from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, PassphraseKey
    from pondpilot_secrets.vault.opening import SECRETS_FILE

    try:
        EncryptedFile.open(vault.settings.home / SECRETS_FILE, [PassphraseKey(passphrase)]).close()
    except DecryptionFailedError:
        return False
    return True


class _Tickets:
    """The vault's one ticket, among its settings."""

    def __init__(self, metadata: MetadataStore) -> None:
        self._metadata = metadata

    def get(self) -> str | None:
        return self._metadata.setting(TICKET)

    def set(self, text: str | None) -> None:
        self._metadata.set_setting(TICKET, text)
