"""The inside of an open vault, for tests that break it or look at what no public call tells."""

from __future__ import annotations

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.access.audit import AuditLog
from pondpilot_secrets.access.audit.audit_reader import AuditReader
from pondpilot_secrets.keychain.base import KeychainProvider
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.metadata.write_lock import WriteLock
from pondpilot_secrets.settings import Settings
from pondpilot_secrets.vault.composition import SharedParts, UseCases
from pondpilot_secrets.vault.payload_cache import PayloadCache
from pondpilot_secrets.vault.secret_store import SecretStore
from pondpilot_secrets.vault.vault_state import VaultState


class Parts:
    """The parts of one open vault."""

    def __init__(self, manager: SecretsManager) -> None:
        self.shared: SharedParts = manager._shared
        self.use_cases: UseCases = manager._use_cases

    @property
    def settings(self) -> Settings:
        return self.shared.settings

    @property
    def metadata(self) -> MetadataStore:
        return self.shared.metadata

    @property
    def state(self) -> VaultState:
        return self.shared.state

    @property
    def store(self) -> SecretStore:
        return self.shared.store

    @property
    def keychain(self) -> KeychainProvider:
        """The open provider; a vault that is new is made for it."""
        self.use_cases.unit().open()
        return self.shared.store.provider

    @property
    def audit(self) -> AuditLog:
        """The log, whose key is read, or made for a new vault."""
        self.use_cases.unit().open()
        return self.use_cases.trail.log

    @property
    def audit_reader(self) -> AuditReader:
        return self.use_cases.trail.records

    @property
    def cache(self) -> PayloadCache | None:
        return self.shared.items._cache

    @property
    def lock(self) -> WriteLock:
        return self.shared.lock()


def parts(manager: SecretsManager) -> Parts:
    """Return the parts of an open vault."""
    return Parts(manager)
