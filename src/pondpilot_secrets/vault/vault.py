"""The open parts of one vault. The keychain, and with it any prompt, is opened when first needed and not before."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
from typing import TYPE_CHECKING

from pondpilot_secrets.access.denials import is_denial
from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
from pondpilot_secrets.errors import (
    AuditBrokenError,
    CredentialMissingError,
    PolicyDeniedError,
    SecretError,
    VaultBusyError,
    VaultError,
)
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.metadata.write_lock import WriteLock
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.sqlite_files import is_frozen
from pondpilot_secrets.vault import marker_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pondpilot_secrets.access.audit import AuditEntry, AuditLog
    from pondpilot_secrets.access.audit.reader import AuditReader
    from pondpilot_secrets.access.rate_limits import RateLimiter
    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.models import Passphrase, SecretMetadata
    from pondpilot_secrets.settings import Settings
    from pondpilot_secrets.vault.payload_cache import PayloadCache
    from pondpilot_secrets.vault.user_presence import Presence

_ACTIONS = {
    Grant.LIST: "show",
    Grant.USE: "use",
    Grant.REVEAL: "reveal",
    Grant.WRITE: "update",
    Grant.EXPORT: "export",
}
"""What a denial is recorded as."""

MOVING_TO, MOVING_FROM = "moving_to", "moving_from"
"""The settings that name a store which may hold copies: before a move has switched the vault over, and after it."""


class Vault:
    """Metadata at once; keychain, audit log and write lock when they are needed. Safe to share between threads."""

    def __init__(self, settings: Settings, passphrase: Passphrase, access: Access = EVERYTHING) -> None:
        self.settings = settings
        self.access = access
        self.asker: Callable[[bool], SecureString] | None = passphrase if callable(passphrase) else None
        self.passphrase_asked_at: float | None = None
        self._passphrase = self._ask if self.asker is not None else passphrase
        self._opening = threading.RLock()
        self._keychain: KeychainProvider | None = None
        self._audit: AuditLog | None = None
        path = settings.home / "metadata.db"
        self.metadata = MetadataStore.open(path, read_only=is_frozen(path))
        self._refuse_forgotten_secrets()

    def _refuse_forgotten_secrets(self) -> None:
        """A `metadata.db` that was emptied must not pass for a new vault, which has no secrets yet."""
        home = self.settings.home
        if self.metadata.setting("store") is None and (marker_file.is_there(home) or (home / "secrets.db").exists()):
            from pondpilot_secrets.vault import opening

            try:
                with self.lock:  # whoever is just making this vault is done with it by then
                    if self.metadata.setting("store") is None:
                        opening.refuse_forgotten(self.settings, self.metadata)
            except BaseException:
                self.metadata.close()
                raise

    def _ask(self, new: bool) -> SecureString:
        """Ask for the passphrase, and remember that somebody was there to give it."""
        assert self.asker is not None  # noqa: S101 - for the type checker
        answer = self.asker(new)
        self.passphrase_asked_at = time.monotonic()
        return answer

    @functools.cached_property
    def lock(self) -> WriteLock:
        """The lock that writers of this vault take, in any process."""
        return WriteLock(self.settings.home / "write.lock")

    @property
    def keychain(self) -> KeychainProvider:
        """The store of this vault; the first use opens it, makes it for a new vault, and may ask for a passphrase."""
        found = self._keychain  # read once: another thread may let go of it at any moment
        if found is None:
            with self._opening:
                found = self._keychain
                if found is None:
                    from pondpilot_secrets.vault import opening

                    found = opening.open_keychain(self.settings, self.metadata, self.lock, self._passphrase)
                    self._keychain = found
                    self._finish_interrupted_writes()
        return found

    def _finish_interrupted_writes(self) -> None:
        if self._was_interrupted() and not self.metadata.database.read_only:
            from pondpilot_secrets.vault.writer import recover

            with contextlib.suppress(VaultBusyError), self.lock.held(deadline=0):
                recover(self)

    @property
    def audit(self) -> AuditLog:
        """The audit log, under a key that rests in the keychain; raises `AuditBrokenError` (1012) when that is gone."""
        found = self._audit
        if found is None:
            keychain, account = self.keychain, self._audit_account()
            try:
                found = self._audit_under(keychain.get(account))
            except CredentialMissingError:
                return self._audit_under_new_key(keychain, account)
            self._audit = found
        return found

    def _audit_account(self) -> str:
        """The keychain's account of the log's key; the keychain is opened before, which gives a new vault its number."""
        vault_id = self.metadata.setting("vault_id")
        if vault_id is None:
            raise self.metadata.database.damaged("the number of the vault is missing")
        return f"vault:{vault_id}"

    def _audit_under_new_key(self, keychain: KeychainProvider, account: str, *, anew: bool = False) -> AuditLog:
        with self.lock:  # of two that use a new vault for the first time, the second takes the key of the first
            try:
                key = keychain.get(account)
            except CredentialMissingError:
                if not anew and self.audit_reader.entries(limit=1):
                    # Whoever may delete the key, or change which one is looked for, must not begin the log anew by that.
                    raise AuditBrokenError(
                        f"the key of the audit log is gone from {keychain.status().description}, so nothing can be recorded",
                        hint="put back a backup; if you know why it is gone, begin a new log: `pond audit restart`",
                    ) from None
                key = bytearray(os.urandom(32))
                keychain.set(account, key)
            self._audit = found = self._audit_under(key)
            return found

    def restart_audit(self, reason: str) -> AuditLog:
        """Begin the audit log anew, under a new key where the old one is gone; what was recorded before stays."""
        keychain = self.keychain
        log = self._audit_under_new_key(keychain, self._audit_account(), anew=True)
        log.restart(reason)
        return log

    @functools.cached_property
    def audit_reader(self) -> AuditReader:
        """The audit log for reading, which does not open the keychain."""
        from pondpilot_secrets.access.audit.reader import AuditReader

        return AuditReader(self.metadata.database)

    def _audit_under(self, key: bytearray) -> AuditLog:
        from pondpilot_secrets.access.audit import AuditLog

        return AuditLog(self.metadata.database, SecureString.take(key), self.access)

    def recover_if_nobody_must_be_asked(self) -> None:
        """Finish what a dead writer left, unless that would need a passphrase: then it waits until the store is opened.

        So it does where the key is lost: secrets can be listed without, and a recovery code be given.
        """
        if self._was_interrupted() and self.opens_without_asking():
            with contextlib.suppress(SecretError):
                _ = self.keychain

    def opens_without_asking(self) -> bool:
        """Whether the store is open, or can be opened without asking anybody, as far as can be told beforehand."""
        if self._keychain is not None:
            return True
        from pondpilot_secrets.vault import opening

        return opening.opens_without_asking(self.settings, self.metadata)

    def _was_interrupted(self) -> bool:
        return self.metadata.has_unfinished() or self.was_moving()

    def was_moving(self) -> bool:
        """Whether a move to another store was begun and not ended."""
        return any(self.metadata.setting(mark) is not None for mark in (MOVING_TO, MOVING_FROM))

    @functools.cached_property
    def cache(self) -> PayloadCache | None:
        """Payloads that are kept for a while, or None where nobody asked for that."""
        if not self.settings.cache_seconds:
            return None
        from pondpilot_secrets.vault.payload_cache import PayloadCache

        return PayloadCache(self.settings.cache_seconds, lambda: not self.keychain.status().usable)

    def forget_what_is_open(self) -> None:
        """Wipe what the cache holds, and the key of the audit log."""
        cache = self.__dict__.get("cache")
        if cache is not None:
            cache.clear()
        audit, self._audit = self._audit, None
        if audit is not None:
            audit.close()

    @functools.cached_property
    def limiter(self) -> RateLimiter:
        """The rate limits of this vault, as they stood when it was opened."""
        from pondpilot_secrets.access.rate_limits import RateLimiter
        from pondpilot_secrets.vault import limit_settings

        return RateLimiter(self.metadata.database, limit_settings.limits_of(self.metadata))

    def confirm_presence(self, reason: str) -> str:
        """Make sure that the person is there, where this vault asks; returns how, in a few words for the log.

        `reason` goes on after the word "to". Raises `PresenceRefusedError` (1024).
        """
        return self.presence.confirm(reason)

    @functools.cached_property
    def presence(self) -> Presence:
        """Asking whether the person is there."""
        from pondpilot_secrets.vault.user_presence import Presence

        return Presence(self)

    def forget_limits(self) -> None:
        """Read the limits anew when they are next needed."""
        self.__dict__.pop("limiter", None)

    def require(self, grant: Grant, *secrets: SecretMetadata) -> None:
        """Raise `PolicyDeniedError` (1011) where the grant is missing or a secret forbids it; the denial is recorded."""
        for secret in secrets or (None,):
            try:
                self.access.require(grant, secret)
            except PolicyDeniedError as error:
                self.record_quietly(_ACTIONS[grant], [secret], error)
                raise

    def record_quietly(self, action: str, secrets: Sequence[SecretMetadata | None], error: SecretError) -> None:
        """Record what was denied or failed; the error itself matters more than a log that cannot be written now.

        A vault is not made for that alone.
        """
        if self.metadata.setting("store") is None:
            return
        from pondpilot_secrets.access.audit import Action, AuditEntry, Outcome

        outcome = Outcome.DENIED if is_denial(error) else Outcome.FAILED
        with contextlib.suppress(SecretError, EOFError):  # the latter from a prompt for the passphrase
            self.record(
                [
                    AuditEntry.of(Action(action), secret, outcome=outcome, code=error.code)
                    for secret in secrets or [None]
                ]
            )

    @contextlib.contextmanager
    def recording_failures(self, action: str, secrets: Sequence[SecretMetadata]) -> Iterator[None]:
        """Record errors of ours that end the `with` block."""
        try:
            yield
        except SecretError as error:
            self.record_quietly(action, secrets, error)
            raise

    def record(self, entries: Sequence[AuditEntry]) -> None:
        """Write audit entries; raises `AuditBrokenError` when that fails, so that nothing goes unrecorded."""
        self.audit.append(entries)

    @contextlib.contextmanager
    def recorded(self, *, durable: bool = True) -> Iterator[AuditLog]:
        """Give the log, and a transaction for the `with` block: what is done and its record are kept or lost as one.

        The log is opened first, which may ask a person, and waits for other threads: nothing may be held by then.
        """
        log = self.audit
        with self.metadata.transaction(durable=durable):
            yield log

    def adopt(self, keychain: KeychainProvider) -> None:
        """Go on with a store that was opened in a way of its own: by a recovery code."""
        with self._opening:
            self.let_go_of_keychain()
            self._keychain = keychain
            self._finish_interrupted_writes()

    def let_go_of_keychain(self) -> None:
        """Close the store, so that the next use opens the one that the vault is in by then."""
        self.forget_what_is_open()
        with self._opening:
            if self._keychain is not None:
                self._keychain.close()
                self._keychain = None

    def refuse_moved_store(self) -> None:
        """Raise `VaultError` when another process moved the vault to another store since this one opened it."""
        store = self.metadata.setting("store")
        if self._keychain is not None and store != self._keychain.name:
            raise VaultError(f"the vault was moved to the {store} store by another process", hint="open it again")

    def close(self) -> None:
        """Close every part; calling it again does nothing."""
        self.forget_what_is_open()
        if self._keychain is not None:
            self._keychain.close()
            self._keychain = None
        self.metadata.close()
