"""Asking whether the person is there: how this vault asks, whom, and when nobody needs to be asked."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.presence.mode import NOBODY, OFF, PresenceMode
from pondpilot_secrets.errors import AuditBrokenError
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pondpilot_secrets.access.presence.base import PresenceCheck
    from pondpilot_secrets.access.presence.gate import GateStatus, PresenceGate
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.vault_state import PresenceRules, VaultState

    Checks = Callable[[PresenceCheck | None], Iterable[PresenceCheck]]

_EXEMPT = {"file": "opened with a key file", "passphrase": "opened with a passphrase"}
"""Keys of a vault in an encrypted file that programs hold, by the kind of their slot."""

_BELIEVED = 60.0
"""Seconds for which it is believed that nobody can be asked here, which takes milliseconds to find out."""


class UserPresence:
    """The gate of one open vault. Safe between threads.

    `key` gives the key of the vault's audit log, which authenticates tickets. `checks` gives the platform's ways of asking,
    and `clock` seconds; both are for tests.
    """

    def __init__(
        self,
        state: VaultState,
        store: SecretStore,
        key: Callable[[], SecureString],
        *,
        checks: Checks | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._store = store
        self._key = key
        self._platform_checks = checks
        self._clock = clock
        self._nobody_until = float("-inf")

    def confirm(self, reason: str) -> str:
        """Return when the person is there or need not be asked, with words for the log.

        `reason` goes on after the word "to". Raises `PresenceRefusedError` (1024).
        """
        rules = self._state.presence()
        if rules.mode == PresenceMode.OFF:
            return OFF
        if self._clock() < self._nobody_until or self._plainly_nobody():
            return NOBODY
        with _Key(self._key) as key:
            words = self._gate(rules, key, self._quick_checks, exempt=self._exempt(rules)).require(reason)
        if words == NOBODY:
            self._nobody_until = self._clock() + _BELIEVED
        return words

    def status(self) -> GateStatus:
        """Say what would happen now, without asking anybody."""
        rules = self._state.presence()
        if self._store.opens_unattended():
            with _Key(self._key) as key:
                return self._gate(rules, key, self._checks, exempt=self._exempt(rules)).status()
        with _Key(None) as key:
            return self._gate(rules, key, self._checks).status()

    def _plainly_nobody(self) -> bool:
        """Whether nobody can be asked, as far as a glance can tell: no polkit, and no store that has a passphrase."""
        return self._platform_checks is None and not self._store.has_key_slots and _polkit_is_missing()

    def _gate(
        self,
        rules: PresenceRules,
        key: SecureString,
        checks: Callable[[], Iterable[PresenceCheck]],
        exempt: str | None = None,
    ) -> PresenceGate:
        from pondpilot_secrets.access.presence.gate import PresenceGate

        return PresenceGate(rules.mode, rules.grace, _Tickets(self._state), key, checks, exempt=exempt)

    def _exempt(self, rules: PresenceRules) -> str | None:
        """Why nobody needs to be asked: the vault was just opened with something that its owner alone has."""
        if not self._store.has_key_slots:
            return None
        asked_at = self._store.passphrase_asked_at
        if asked_at is not None:
            recently = self._clock() - asked_at <= max(rules.grace, 1.0)
            return "confirmed by the passphrase" if recently else None
        # What did open it counts, and not what was offered: any file can be named.
        return _EXEMPT.get(self._store.key_slots.opened_by.kind)

    def _quick_checks(self) -> Iterable[PresenceCheck]:
        """The ways of asking, without a look at polkit's bus where its policy was never installed."""
        if self._platform_checks is None and _polkit_is_missing():
            passphrase = self._passphrase_check()
            return () if passphrase is None else (passphrase,)
        return self._checks()

    def _checks(self) -> Iterable[PresenceCheck]:
        passphrase = self._passphrase_check()
        if self._platform_checks is not None:
            return self._platform_checks(passphrase)
        from pondpilot_secrets.access.presence import platform_checks

        return platform_checks.presence_checks(passphrase)

    def _passphrase_check(self) -> PresenceCheck | None:
        ask = self._store.asker
        if ask is None or "passphrase" not in self._store.slot_kinds():
            return None
        from pondpilot_secrets.access.presence.passphrase import PassphraseCheck

        return PassphraseCheck(lambda: ask(False), self._store.opens_with)


class _Key:
    """The key of tickets for a `with` block: the log's own, or where there is none, one that wrote no ticket."""

    def __init__(self, key: Callable[[], SecureString] | None) -> None:
        self._borrow = key
        self._made: SecureString | None = None

    def __enter__(self) -> SecureString:
        if self._borrow is not None:
            try:
                return self._borrow()
            except AuditBrokenError as error:
                log.info("vault", "every reveal is asked for, because the log has no key: %s", error.message)
        self._made = SecureString.take(os.urandom(32))
        return self._made

    def __exit__(self, *_: object) -> None:
        if self._made is not None:
            self._made.close()


def _polkit_is_missing() -> bool:
    """Whether polkit is this platform's way of asking, and nobody installed its policy."""
    if not sys.platform.startswith("linux"):
        return False
    from pondpilot_secrets.access.presence import policy

    return not policy.policy_is_installed()


class _Tickets:
    """The vault's one ticket."""

    def __init__(self, state: VaultState) -> None:
        self._state = state

    def get(self) -> str | None:
        return self._state.presence_ticket

    def set(self, text: str | None) -> None:
        self._state.set_presence_ticket(text)
