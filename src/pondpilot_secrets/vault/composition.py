"""Putting the parts of a vault together: those that all callers of an open vault share, and the use cases of each caller.

Only the facade works with these; no part is given one. Use cases are imported when they are first used: listing secrets
needs none of them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.sqlite_files import is_frozen
from pondpilot_secrets.vault.audit_trail import AuditKey, AuditTrail
from pondpilot_secrets.vault.credential_items import CredentialItems
from pondpilot_secrets.vault.guard import Guard
from pondpilot_secrets.vault.once import Once
from pondpilot_secrets.vault.secret_store import SecretStore
from pondpilot_secrets.vault.vault_state import VaultState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pondpilot_secrets.access.grants import Access
    from pondpilot_secrets.access.presence.base import PresenceCheck
    from pondpilot_secrets.access.rate_limits import RateLimiter
    from pondpilot_secrets.injection.extensions import Extensions
    from pondpilot_secrets.metadata.write_lock import WriteLock
    from pondpilot_secrets.models import Passphrase
    from pondpilot_secrets.settings import Settings
    from pondpilot_secrets.vault.audit_restart import AuditRestart
    from pondpilot_secrets.vault.child_environment import ChildEnvironment
    from pondpilot_secrets.vault.injection_service import InjectionService
    from pondpilot_secrets.vault.limit_settings import LimitSettings
    from pondpilot_secrets.vault.payload_cache import PayloadCache
    from pondpilot_secrets.vault.presence_settings import PresenceSettings
    from pondpilot_secrets.vault.probe_service import ProbeService
    from pondpilot_secrets.vault.recovery_codes import RecoveryCodes
    from pondpilot_secrets.vault.redactor import Redactor
    from pondpilot_secrets.vault.rekeying import Rekeying
    from pondpilot_secrets.vault.repair import Repair
    from pondpilot_secrets.vault.rotation import SecretRotation
    from pondpilot_secrets.vault.secret_reader import SecretReader
    from pondpilot_secrets.vault.secret_writer import SecretWriter
    from pondpilot_secrets.vault.shell_startup import ShellStartup
    from pondpilot_secrets.vault.status import StatusReport
    from pondpilot_secrets.vault.store_move import StoreMover
    from pondpilot_secrets.vault.unit_of_work import RecoveryStep, UnitOfWork
    from pondpilot_secrets.vault.user_presence import UserPresence

    PresenceChecks = Callable[[PresenceCheck | None], Iterable[PresenceCheck]]


class SharedParts:
    """What one open vault has once, however many callers it serves. Safe between threads."""

    def __init__(
        self,
        settings: Settings,
        passphrase: Passphrase,
        checks: PresenceChecks | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the metadata; the store is opened when it is first needed.

        `checks` stands in for the platform's ways of asking whether the person is there, and `clock` for the one by which an
        answer or a cached value gets old. Raises `VaultError` (1018) where `metadata.db` is damaged, or was lost.
        """
        self.settings = settings
        self._checks = checks
        self._clock = clock
        path = settings.home / "metadata.db"
        self.metadata = MetadataStore.open(path, read_only=is_frozen(path))
        self.state = VaultState(self.metadata)
        self.store = SecretStore(settings, self.state, passphrase, clock)
        self.audit_key = AuditKey(self.store, self.state, self.metadata.database)
        self.items = CredentialItems(self.store, self._cache())
        self.presence = Once(self._presence)
        self.lock = Once(self._lock)
        self.recovery_steps = Once(self._recovery_steps)
        self.extensions = Once(self._extensions)
        try:
            self.store.refuse_lost_metadata()
        except BaseException:
            self.close()
            raise

    def limiter(self) -> RateLimiter:
        """Return the rate limits as they are now: another process may have changed them."""
        from pondpilot_secrets.access.rate_limits import RateLimiter

        return RateLimiter(self.metadata.database, self.state.limits())

    def has_leftovers(self) -> bool:
        """Whether a dead process left anything to recover; tells it without importing how."""
        return self.metadata.has_incomplete_writes() or self.state.is_moving()

    def wipe(self) -> None:
        """Wipe what is open: the cache, the key of the audit log, and the key of the store."""
        self.items.wipe_cache()
        self.audit_key.close()
        self.store.close()

    def close(self) -> None:
        """Close every part; calling it again does nothing."""
        self.wipe()
        self.store.wipe_passphrase()
        self.metadata.close()

    def _cache(self) -> PayloadCache | None:
        if not self.settings.cache_seconds:
            return None
        from pondpilot_secrets.vault.payload_cache import PayloadCache

        return PayloadCache(
            self.settings.cache_seconds, lambda: not self.store.provider.status().usable, clock=self._clock
        )

    def _presence(self) -> UserPresence:
        from pondpilot_secrets.vault.user_presence import UserPresence

        return UserPresence(self.state, self.store, self.audit_key.require, checks=self._checks, clock=self._clock)

    def _lock(self) -> WriteLock:
        from pondpilot_secrets.metadata.write_lock import WriteLock

        return WriteLock(self.settings.home / "write.lock")

    def _recovery_steps(self) -> Sequence[RecoveryStep]:
        from pondpilot_secrets.vault.crash_recovery import CrashRecovery
        from pondpilot_secrets.vault.move_recovery import MoveRecovery

        return (MoveRecovery(self.state), CrashRecovery(self.metadata))

    def _extensions(self) -> Extensions:
        from pondpilot_secrets.injection.extensions import Extensions

        return Extensions(self.settings.offline)


class UseCases:
    """What one caller can do with an open vault, each thing made when it is first used. Safe between threads."""

    def __init__(self, shared: SharedParts, access: Access) -> None:
        self._shared = shared
        self.trail = AuditTrail(shared.metadata.database, shared.audit_key, access)
        self.guard = Guard(access, self.trail, shared.metadata, self._confirm_presence, shared.limiter)
        self.unit = Once(self._unit)
        self.reader = Once(self._reader)
        self.writer = Once(self._writer)
        self.injection = Once(self._injection)
        self.probes = Once(self._probes)
        self.redactor = Once(self._redactor)

    def _confirm_presence(self, reason: str) -> str:
        return self._shared.presence().confirm(reason)

    def _unit(self) -> UnitOfWork:
        from pondpilot_secrets.vault.unit_of_work import UnitOfWork

        shared = self._shared
        return UnitOfWork(
            shared.lock(),
            shared.metadata,
            shared.state,
            shared.store,
            shared.items,
            self.trail,
            shared.recovery_steps(),
        )

    # --- secrets ---

    def _reader(self) -> SecretReader:
        from pondpilot_secrets.vault.secret_reader import SecretReader

        return SecretReader(self.guard, self.unit(), self._shared.metadata, self._shared.items, self.trail)

    def _writer(self) -> SecretWriter:
        from pondpilot_secrets.vault.references import ReferenceResolver
        from pondpilot_secrets.vault.secret_writer import SecretWriter

        references = ReferenceResolver(self._shared.metadata, self._shared.items)
        return SecretWriter(self.guard, self.unit(), self._shared.items, references)

    def rotation(self) -> SecretRotation:
        """Rotating a secret."""
        from pondpilot_secrets.vault.rotation import RotationSteps, SecretRotation

        writer = self.writer()
        steps = RotationSteps(writer.candidate, self.probes().probe, writer.update, self.injection().refresh)
        return SecretRotation(self.guard, self._shared.metadata, self.trail, steps)

    # --- handing secrets over ---

    def _injection(self) -> InjectionService:
        from pondpilot_secrets.vault.injection_service import InjectionService

        shared = self._shared
        return InjectionService(
            self.guard, shared.metadata, self.reader().read, self.redactor().redact, shared.extensions()
        )

    def _probes(self) -> ProbeService:
        from pondpilot_secrets.vault.probe_service import ProbeService

        return ProbeService(self.reader().read, self._shared.extensions())

    def _redactor(self) -> Redactor:
        from pondpilot_secrets.vault.redactor import Redactor

        return Redactor(self.reader().read)

    def child_environment(self) -> ChildEnvironment:
        """The variables of a child process."""
        from pondpilot_secrets.vault.child_environment import ChildEnvironment

        return ChildEnvironment(self.guard, self._shared.metadata, self.reader().read)

    def shell_startup(self) -> ShellStartup:
        """The startup script of a DuckDB shell."""
        from pondpilot_secrets.vault.shell_startup import ShellStartup

        return ShellStartup(self.reader().read, self._shared.extensions())

    # --- looking after the vault ---

    def status(self) -> StatusReport:
        """What can be told without opening the store."""
        from pondpilot_secrets.vault.status import StatusReport

        return StatusReport(self._shared.metadata, self._shared.state, self._shared.store)

    def limit_settings(self) -> LimitSettings:
        """Changing the rate limits."""
        from pondpilot_secrets.vault.limit_settings import LimitSettings

        return LimitSettings(self.guard, self.unit())

    def presence_settings(self) -> PresenceSettings:
        """Changing how the vault asks."""
        from pondpilot_secrets.vault.presence_settings import PresenceSettings

        return PresenceSettings(self.guard, self.unit())

    def audit_restart(self) -> AuditRestart:
        """Beginning the audit log again."""
        from pondpilot_secrets.vault.audit_restart import AuditRestart

        return AuditRestart(self.guard, self.unit())

    def store_mover(self) -> StoreMover:
        """Moving to another store."""
        from pondpilot_secrets.vault.move_recovery import MoveRecovery
        from pondpilot_secrets.vault.store_move import StoreMover

        shared = self._shared
        return StoreMover(self.guard, self.unit(), shared.state, shared.store, MoveRecovery(shared.state))

    def rekeying(self) -> Rekeying:
        """Changing what opens the vault."""
        from pondpilot_secrets.vault.rekeying import Rekeying

        return Rekeying(self.guard, self.unit(), self._shared.store, self._shared.settings.home)

    def recovery_codes(self) -> RecoveryCodes:
        """Making and taking recovery codes."""
        from pondpilot_secrets.vault.recovery_codes import RecoveryCodes

        shared = self._shared
        return RecoveryCodes(self.guard, self.unit(), shared.store, self.trail, shared.settings.home)

    def repair(self) -> Repair:
        """Finding and repairing what is corrupt."""
        from pondpilot_secrets.vault.repair import Repair

        return Repair(self.guard, self.unit(), self._shared.metadata)
