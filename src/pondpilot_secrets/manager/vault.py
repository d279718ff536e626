"""The open parts of one vault. The keychain, and with it any prompt, is opened when first needed and not before."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import TYPE_CHECKING

from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
from pondpilot_secrets.errors import CredentialMissingError, VaultBusyError, VaultError
from pondpilot_secrets.metadata.lock import WriteLock
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.access.audit import AuditEntry, AuditLog
    from pondpilot_secrets.keychain.base import KeychainProvider
    from pondpilot_secrets.manager.opening import Passphrase
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.settings import Settings

MOVING_TO, MOVING_FROM = "moving_to", "moving_from"
"""The settings that name a store which may hold copies: before a move has switched the vault over, and after it."""


class Vault:
    """Metadata at once; keychain, audit log and write lock when they are needed. Safe to share between threads."""

    def __init__(self, settings: Settings, passphrase: Passphrase, access: Access = EVERYTHING) -> None:
        self.settings = settings
        self.access = access
        self._passphrase = passphrase
        self._opening = threading.RLock()
        self._keychain: KeychainProvider | None = None
        self._audit: AuditLog | None = None
        self.metadata = MetadataStore.open(settings.home / "metadata.db")

    @functools.cached_property
    def lock(self) -> WriteLock:
        """The lock that writers of this vault take, in any process."""
        return WriteLock(self.settings.home / "write.lock")

    @property
    def keychain(self) -> KeychainProvider:
        """The store of this vault; the first use opens it, makes it for a new vault, and may ask for a passphrase."""
        if self._keychain is None:
            with self._opening:
                if self._keychain is None:
                    from pondpilot_secrets.manager import opening

                    self._keychain = opening.open_keychain(self.settings, self.metadata, self.lock, self._passphrase)
                    self._finish_interrupted_writes()
        return self._keychain

    def _finish_interrupted_writes(self) -> None:
        if self._was_interrupted():
            from pondpilot_secrets.manager.writing import recover

            with contextlib.suppress(VaultBusyError), self.lock.held(deadline=0):
                recover(self)

    @property
    def audit(self) -> AuditLog:
        """The audit log, under a key that rests in the keychain; a lost key begins a new chain, which the log says."""
        if self._audit is None:
            keychain = self.keychain
            account = f"vault:{self.metadata.setting('vault_id')}"
            try:
                key = keychain.get(account)
            except CredentialMissingError:
                return self._audit_under_new_key(keychain, account)
            self._audit = self._audit_under(key)
        return self._audit

    def _audit_under_new_key(self, keychain: KeychainProvider, account: str) -> AuditLog:
        with self.lock:  # of two that use a new vault for the first time, the second takes the key of the first
            try:
                key, lost = keychain.get(account), False
            except CredentialMissingError:
                key, lost = bytearray(os.urandom(32)), True
                keychain.set(account, key)
            log = self._audit_under(key)
            if lost and log.entries(limit=1):
                log.restart("the key of the log was gone from the keychain")
            self._audit = log
            return log

    def _audit_under(self, key: bytearray) -> AuditLog:
        from pondpilot_secrets.access.audit import AuditLog

        return AuditLog(self.metadata.database, SecureString.take(key), self.access.interface)

    def recover_if_nobody_must_be_asked(self) -> None:
        """Finish what a dead writer left, unless that would need a passphrase: then it waits until the store is opened."""
        if self._was_interrupted():
            from pondpilot_secrets.manager import opening

            if opening.opens_without_asking(self.settings, self.metadata):
                _ = self.keychain

    def _was_interrupted(self) -> bool:
        return bool(self.metadata.unfinished()) or self.was_moving()

    def was_moving(self) -> bool:
        """Whether a move to another store was begun and not ended."""
        return any(self.metadata.setting(mark) is not None for mark in (MOVING_TO, MOVING_FROM))

    def require(self, grant: Grant, secret: SecretMetadata | None = None) -> None:
        """Raise `PolicyDeniedError` where the interface that opened this vault lacks the grant."""
        self.access.require(grant, secret)

    def record(self, entries: Sequence[AuditEntry]) -> None:
        """Write audit entries; raises `AuditBrokenError` when that fails, so that nothing goes unrecorded."""
        self.audit.append(entries)

    def let_go_of_keychain(self) -> None:
        """Close the store, so that the next use opens the one that the vault is in by then."""
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
        if self._keychain is not None:
            self._keychain.close()
            self._keychain = None
        self.metadata.close()
