"""The audit log of an open vault: who owns its key, and what one caller does, fails to do and is denied."""

from __future__ import annotations

import contextlib
import os
import threading
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.denials import is_denial
from pondpilot_secrets.errors import AuditBrokenError, CredentialMissingError, SecretError
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pondpilot_secrets.access.audit import AuditEntry, AuditLog
    from pondpilot_secrets.access.audit.audit_reader import AuditReader
    from pondpilot_secrets.access.grants import Access
    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.secret_store import SecretStore
    from pondpilot_secrets.vault.vault_state import VaultState

KEY_LENGTH = 32


class AuditKey:
    """Owns the key of a vault's audit log, which rests in the store beside the credentials. Safe between threads."""

    def __init__(self, store: SecretStore, state: VaultState, database: Database) -> None:
        self._store = store
        self._state = state
        self._database = database
        self._opening = threading.Lock()
        self._key: SecureString | None = None

    @property
    def is_open(self) -> bool:
        """Whether the key is in memory."""
        return self._key is not None

    def open(self) -> SecureString:
        """Return the key, borrowed; raises `CredentialMissingError` (1016) where the store has none."""
        found = self._key  # read once: another thread may wipe it at any moment
        if found is None:
            with self._opening:
                found = self._key
                if found is None:
                    provider = self._store.provider
                    found = self._key = SecureString.take(provider.get(self._account()))
        return found

    def require(self) -> SecureString:
        """Return the key, borrowed; raises `AuditBrokenError` (1012) where it is gone."""
        try:
            return self.open()
        except CredentialMissingError:
            raise self.gone() from None

    def gone(self) -> AuditBrokenError:
        """Return the error for a log whose key is gone."""
        return AuditBrokenError(
            f"the key of the audit log is gone from {self._store.provider.status().description},"
            " so nothing can be recorded",
            hint="put back a backup; if you know why it is gone, begin a new log: `pond audit restart`",
        )

    def make(self) -> None:
        """Make a key, unless another process just did. The caller holds the write lock."""
        provider, account = self._store.provider, self._account()
        try:
            key = SecureString.take(provider.get(account))
        except CredentialMissingError:
            key = SecureString.take(os.urandom(KEY_LENGTH))
            try:
                with key.exposed() as view:
                    provider.set(account, view)
            except BaseException:
                key.close()
                raise
        with self._opening:
            older, self._key = self._key, key
        if older is not None:
            older.close()

    def close(self) -> None:
        """Wipe the key; the next use reads it again."""
        with self._opening:
            key, self._key = self._key, None
        if key is not None:
            key.close()

    def account_of_vault(self) -> str | None:
        """The account of the key; None for a vault that was not made yet."""
        vault_id = self._state.vault_id
        return None if vault_id is None else f"vault:{vault_id}"

    def _account(self) -> str:
        account = self.account_of_vault()
        if account is None:
            raise self._database.corrupt_file("the number of the vault is missing")
        return account


class AuditTrail:
    """The log as one caller writes it. Several callers of an open vault share the key, and the log itself."""

    def __init__(self, database: Database, key: AuditKey, access: Access) -> None:
        self._database = database
        self._key = key
        self._access = access
        self._log: AuditLog | None = None

    # --- reading, which needs no key ---

    @property
    def records(self) -> AuditReader:
        """The records, which are read without opening the store."""
        from pondpilot_secrets.access.audit.audit_reader import AuditReader

        return AuditReader(self._database)

    # --- the log and its key ---

    @property
    def is_open(self) -> bool:
        """Whether the log's key is in memory."""
        return self._key.is_open

    @property
    def log(self) -> AuditLog:
        """The log, whose key is read when it is first needed; raises `AuditBrokenError` (1012) when that is gone."""
        key = self._key.require()
        found = self._log
        if found is None or found.key is not key:
            from pondpilot_secrets.access.audit import AuditLog

            found = self._log = AuditLog(self._database, key, self._access)
        return found

    def has_key(self) -> bool:
        """Whether the store has the log's key."""
        try:
            self._key.open()
        except CredentialMissingError:
            return False
        return True

    def make_key(self, *, force_new: bool = False) -> None:
        """Make a key where there is none; the caller holds the write lock.

        Raises `AuditBrokenError` (1012) where something was recorded already, unless `force_new`: who may delete the key,
        or change which one is looked for, must not begin another log by that.
        """
        if not force_new and self.records.entries(limit=1) and not self.has_key():
            raise self._key.gone()
        self._key.make()

    def wipe_key(self) -> None:
        """Wipe the key; the next record reads it again."""
        self._key.close()

    # --- recording ---

    @contextlib.contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[AuditLog]:
        """Give the log, and a transaction for the `with` block: what is done and its record are kept or lost as one.

        The log is opened first, which may ask a person: no transaction is held by then.
        """
        log = self.log
        with self._database.transaction(durable=durable):
            yield log

    @contextlib.contextmanager
    def intent(self, action: str, detail: str | None = None) -> Iterator[None]:
        """Record before something is done that no transaction covers, and record too when it failed after all."""
        from pondpilot_secrets.access.audit import Action, AuditEntry, Outcome

        self.log.append([AuditEntry(Action(action), detail=detail)])
        try:
            yield
        except SecretError as error:
            entry = AuditEntry(Action(action), outcome=Outcome.FAILED, code=error.code, detail=detail)
            self._try_to_append([entry])
            raise

    @contextlib.contextmanager
    def recording_failures(self, action: str, secrets: Sequence[SecretMetadata]) -> Iterator[None]:
        """Record errors that end the `with` block."""
        try:
            yield
        except SecretError as error:
            self.try_to_record(action, secrets, error)
            raise

    def try_to_record(self, action: str, secrets: Sequence[SecretMetadata | None], error: SecretError) -> None:
        """Record what was denied or failed; the error itself matters more than a log that cannot be written now."""
        from pondpilot_secrets.access.audit import Action, AuditEntry, Outcome

        outcome = Outcome.DENIED if is_denial(error) else Outcome.FAILED
        self._try_to_append(
            [AuditEntry.of(Action(action), each, outcome=outcome, code=error.code) for each in secrets or [None]]
        )

    def _try_to_append(self, entries: Sequence[AuditEntry]) -> None:
        if self._key.account_of_vault() is None:  # a vault is not made for that alone
            return
        try:
            self.log.append(entries)
        except (SecretError, EOFError) as error:  # the latter from a prompt for the passphrase
            log.info("vault", "%s could not be recorded: %s", entries[0].action, type(error).__name__)
