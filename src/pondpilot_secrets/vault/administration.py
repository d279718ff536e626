"""The part of the facade that looks after a vault: its audit log, its limits, its store, its keys and its repair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import SecretNotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import datetime

    from pondpilot_secrets.access.audit.records import Anchor, AuditRecord, Verification
    from pondpilot_secrets.access.presence.gate import GateStatus
    from pondpilot_secrets.access.presence.mode import PresenceMode
    from pondpilot_secrets.access.rate_limits import Limits
    from pondpilot_secrets.metadata.integrity import Corruption
    from pondpilot_secrets.models import Passphrase, SecretMetadata
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.composition import SharedParts, UseCases
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.recovery_codes import CodeRecovery
    from pondpilot_secrets.vault.rekeying import Rekey
    from pondpilot_secrets.vault.status import KeySlots, VaultStatus
    from pondpilot_secrets.vault.store_move import StoreMove


class VaultAdministration:
    """What `SecretsManager` offers beside the secrets themselves."""

    _shared: SharedParts
    _use_cases: UseCases

    def require(self, grant: Grant) -> None:
        """Raise `PolicyDeniedError` (1011) where the caller lacks the grant; the denial is recorded in the audit log."""
        self._use_cases.guard.require(grant)

    # --- the audit log ---

    def audit_records(
        self, *, secret: str | None = None, since: datetime | None = None, limit: int | None = 100
    ) -> list[AuditRecord]:
        """Return the newest audit records first, of one secret by name or id, since an aware moment.

        The records of a deleted secret are found by its id.
        """
        self.require(Grant.LIST)
        if secret is not None:
            try:
                secret = self._shared.metadata.find(secret).id
            except SecretNotFoundError:
                log.debug("vault", "no secret has that name or id now: its records are looked for by the id given")
        return self._use_cases.trail.records.entries(limit, since, secret)

    def each_audit_record(self, since: datetime | None = None) -> Iterator[AuditRecord]:
        """Give every audit record since an aware moment, the oldest first, as they stand when the first is asked for."""
        self.require(Grant.LIST)
        return self._use_cases.trail.records.each(since)

    def verify_audit(self, since: Anchor | None = None) -> Verification:
        """Check the whole audit log; one that does not verify is a result and no error.

        With `since`, an anchor that was kept elsewhere, it also finds a log that was put back to an older copy.
        """
        self.require(Grant.LIST)
        self._use_cases.unit().open()
        return self._use_cases.trail.log.verify(since)

    def audit_anchor(self) -> Anchor | None:
        """Return the end of the audit log, to be kept elsewhere; None before the first record."""
        self.require(Grant.LIST)
        self._use_cases.unit().open()
        return self._use_cases.trail.log.anchor()

    def restart_audit(self, reason: str) -> None:
        """Begin a new chain after the records there are, for a log whose end was destroyed or whose key was lost."""
        self._use_cases.audit_restart().restart(reason)

    # --- rate limits and user presence ---

    def limits(self) -> Limits:
        """Return how often secrets of this vault may be revealed and used."""
        self.require(Grant.LIST)
        return self._shared.state.limits()

    def change_limits(self, changes: Mapping[str, str | None]) -> Limits:
        """Change limits by name, as `60/minute`; None brings the default back. Raises `UsageError` (1022)."""
        return self._use_cases.limit_settings().change(changes)

    def presence_status(self) -> GateStatus:
        """Say whether and how this vault asks if the person is there, without asking anybody."""
        self.require(Grant.LIST)
        return self._shared.presence().status()

    def change_presence(self, mode: PresenceMode | str | None = None, grace: float | None = None) -> None:
        """Change whether this vault asks, and for how many seconds an answer holds; None leaves a thing as it is.

        Raises `PresenceRefusedError` (1024) when nobody confirms the change, and `UsageError` (1022) for a grace that is
        longer than a day.
        """
        self._use_cases.presence_settings().change(mode, grace)

    # --- the store and its keys ---

    def vault_status(self) -> VaultStatus:
        """Say where credentials rest, without opening the store and without asking anybody."""
        self.require(Grant.LIST)
        return self._use_cases.status().vault_status()

    def key_slots(self) -> KeySlots:
        """Say what opens a vault in an encrypted file; nothing where it is in another store."""
        self.require(Grant.LIST)
        return self._use_cases.status().key_slots()

    def init_vault(self) -> None:
        """Make the vault now, and not at its first use.

        Raises `UsageError` (1022) where there is one already, and the errors of its store.
        """
        self.require(Grant.WRITE)
        store = self._shared.state.store
        if store is not None:
            raise UsageError(
                f"there is a vault in {self._shared.settings.home} already, in the {store} store",
                hint="`pond vault status` tells about it; `pond vault move` moves it to another store",
            )
        self._use_cases.unit().open()

    def unlock(self) -> None:
        """Unlock the store, asking who must be asked; for an encrypted file, try that its key opens it."""
        self.require(Grant.USE)
        self._use_cases.unit().open_store()
        self._shared.store.provider.unlock()
        self._use_cases.unit().open()

    def move_store(
        self, to: str, *, passphrase: Passphrase = None, progress: Callable[[int, int], None] | None = None
    ) -> StoreMove:
        """Move every credential to another store, or finish a move that was interrupted while it emptied the old one.

        `passphrase` is that of a new encrypted file. Until everything is copied and compared, the vault stays as it was.
        Raises `UsageError` (1022) for a store that the vault is in already, and the errors of both stores.
        """
        return self._use_cases.store_mover().move(to, passphrase, progress)

    def rekey(self, keys: NewKeys) -> Rekey:
        """Encrypt everything under a new key, so that exactly these keys open the vault, and no recovery code.

        Raises `UsageError` (1022) for a vault that is not in the encrypted file.
        """
        return self._use_cases.rekeying().rekey(keys)

    def make_recovery_codes(self, count: int = 8) -> list[SecureString]:
        """Make one-time codes that open a vault in an encrypted file; older ones are void. The caller closes them.

        With a count of 0 there are none afterwards. Raises `UsageError` (1022) for a vault in another store.
        """
        return self._use_cases.recovery_codes().make(count)

    def recover_with_code(self, code: SecureString, keys: NewKeys, *, drop: Collection[str] = ()) -> CodeRecovery:
        """Open the vault with a recovery code, use that up, and let new keys open it from now on.

        `drop` names the kinds of older keys that open it no more: `passphrase`, `file`, `keychain`. Raises `UsageError`
        (1022) for a code with a typo, `DecryptionFailedError` (1006) for one that is not of this vault or was used.
        """
        return self._use_cases.recovery_codes().redeem(code, keys, drop=drop)

    # --- repair ---

    def find_corruption(self) -> Corruption:
        """Look through `metadata.db`; raises `VaultError` (1018) where not even that can be done."""
        return self._use_cases.repair().find_corruption()

    def repair(self, entries: Iterable[SecretMetadata]) -> list[SecretMetadata]:
        """Rebuild indexes, and keep those of the corrupt entries that still read as they were seen; returns them."""
        return self._use_cases.repair().repair(entries)
