"""Credentials in the operating system's keychain, handed to DuckDB as temporary in-memory secrets.

All that a program needs is in this module, and is imported from here alone; what lies deeper may move. There are two
more public modules: `pondpilot_secrets.testing` has a vault in memory for tests, `pondpilot_secrets.plugins` what a package
needs that adds a store or a secret type.

**Which call to use.** `SecretsManager.open()` opens the vault, and makes it at its first use; the rest are methods of what
it returns. Use it in a `with` block, from as many threads as you like.

- Keep a credential: `save_secret`, or `save_secrets` for many, all or none. Put a new value in its place: `rotate_secret`,
  which tries it first.
- Query for a while: `with vault.applied(con, name)`, which takes the secret out of DuckDB again. Query a database by its
  name: `with vault.connected(name) as con`, which also forbids DuckDB to keep or show secrets, or `attach` in a connection
  of your own. Only where neither can end what it began: `apply` and `clear_secrets`.
- Know whether a credential works: `test_secret`. Know what there is: `list_secrets`, which opens no keychain.
- See a value: `with vault.get_secret(name) as secret`, whose values are wiped at the end. Most programs never need to:
  `environment` hands them to another program, `applied` to DuckDB.
- Open a vault for someone with fewer rights, such as a server or an assistant: pass an `Access` with the grants it has.

**How keys are managed.** The values rest in the system's keychain, which the login unlocks, or, where there is none, in an
encrypted file. Its data key is random; a passphrase, a key file, an item of the keychain or a one-time recovery code each
unwrap it, and `rekey` replaces it. Names, scopes and dates lie beside it in a database without any value. Every use is
written to a log whose records are chained with a key that only the store holds. Losing all keys of an encrypted file loses
its values: there is no other way in.

**What stays compatible.** From the first release on, within a major version: the names in this module, the numbers of
errors, and the formats of encrypted file, payload and audit log, each of which says its version and is specified in
`docs/formats`. A database from an earlier release is moved to the present schema when it is opened. One from a later
release is refused and left as it is.

Every error is a `SecretError` with a `code` that never changes its meaning, a message and a `hint`, in one of five groups:
`KeychainError`, `PolicyError`, `DataError`, `DuckDBError` and `InputError`.
"""

from __future__ import annotations

from pondpilot_secrets._version import __version__

TYPE_CHECKING = False  # what type checkers take for true, without the 5 ms of importing typing

if TYPE_CHECKING:
    from pondpilot_secrets.access.audit.records import Anchor, AuditRecord, Verification
    from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
    from pondpilot_secrets.access.presence.gate import GateStatus
    from pondpilot_secrets.access.presence.mode import PresenceMode
    from pondpilot_secrets.access.rate_limits import Limits
    from pondpilot_secrets.errors import (
        AuditBrokenError,
        CredentialCorruptError,
        CredentialMissingError,
        DataError,
        DecryptionFailedError,
        DuckDBError,
        DuckDBIntegrationError,
        EncryptionFailedError,
        ExtensionMissingError,
        InputError,
        InvalidCredentialsError,
        KeychainAccessDeniedError,
        KeychainError,
        KeychainLockedError,
        KeychainUnavailableError,
        NameConflictError,
        NameTakenError,
        PlatformNotSupportedError,
        PolicyDeniedError,
        PolicyError,
        PresenceRefusedError,
        PromptDismissedError,
        PromptTimeoutError,
        RateLimitExceededError,
        RotationRefusedError,
        SecretError,
        SecretNotFoundError,
        UsageError,
        VaultBusyError,
        VaultError,
        WipedError,
    )
    from pondpilot_secrets.injection.harden import harden
    from pondpilot_secrets.injection.shell_script import ShellScript
    from pondpilot_secrets.manager import SecretsManager
    from pondpilot_secrets.metadata.integrity import Corruption
    from pondpilot_secrets.models import (
        Passphrase,
        SecretCredentials,
        SecretMetadata,
        SecretState,
        TestReason,
        TestResult,
    )
    from pondpilot_secrets.secret_types.expiry import Expiry
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.drafts import UNCHANGED, Draft, Unchanged
    from pondpilot_secrets.vault.expiry_warning import SecretExpiryWarning
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.recovery_codes import CodeRecovery
    from pondpilot_secrets.vault.rekeying import Rekey
    from pondpilot_secrets.vault.rotation import Rotation
    from pondpilot_secrets.vault.status import KeySlots, VaultStatus
    from pondpilot_secrets.vault.store_move import StoreMove

__all__ = [
    "EVERYTHING",
    "UNCHANGED",
    "Access",
    "Anchor",
    "AuditBrokenError",
    "AuditRecord",
    "CodeRecovery",
    "Corruption",
    "CredentialCorruptError",
    "CredentialMissingError",
    "DataError",
    "DecryptionFailedError",
    "Draft",
    "DuckDBError",
    "DuckDBIntegrationError",
    "EncryptionFailedError",
    "Expiry",
    "ExtensionMissingError",
    "GateStatus",
    "Grant",
    "InputError",
    "InvalidCredentialsError",
    "KeySlots",
    "KeychainAccessDeniedError",
    "KeychainError",
    "KeychainLockedError",
    "KeychainUnavailableError",
    "Limits",
    "NameConflictError",
    "NameTakenError",
    "NewKeys",
    "Passphrase",
    "PlatformNotSupportedError",
    "PolicyDeniedError",
    "PolicyError",
    "PresenceMode",
    "PresenceRefusedError",
    "PromptDismissedError",
    "PromptTimeoutError",
    "RateLimitExceededError",
    "Rekey",
    "Rotation",
    "RotationRefusedError",
    "SecretCredentials",
    "SecretError",
    "SecretExpiryWarning",
    "SecretMetadata",
    "SecretNotFoundError",
    "SecretState",
    "SecretsManager",
    "SecureString",
    "ShellScript",
    "StoreMove",
    "TestReason",
    "TestResult",
    "Unchanged",
    "UsageError",
    "VaultBusyError",
    "VaultError",
    "VaultStatus",
    "Verification",
    "WipedError",
    "__version__",
    "harden",
]

_MODULES = {
    "Access": "access.grants",
    "Anchor": "access.audit.records",
    "AuditRecord": "access.audit.records",
    "CodeRecovery": "vault.recovery_codes",
    "Corruption": "metadata.integrity",
    "Draft": "vault.drafts",
    "EVERYTHING": "access.grants",
    "Expiry": "secret_types.expiry",
    "GateStatus": "access.presence.gate",
    "Grant": "access.grants",
    "KeySlots": "vault.status",
    "Limits": "access.rate_limits",
    "PresenceMode": "access.presence.mode",
    "NewKeys": "vault.new_keys",
    "Passphrase": "models",
    "Rekey": "vault.rekeying",
    "Rotation": "vault.rotation",
    "SecretCredentials": "models",
    "SecretExpiryWarning": "vault.expiry_warning",
    "SecretMetadata": "models",
    "SecretState": "models",
    "SecretsManager": "manager",
    "SecureString": "secure",
    "ShellScript": "injection.shell_script",
    "StoreMove": "vault.store_move",
    "TestReason": "models",
    "TestResult": "models",
    "UNCHANGED": "vault.drafts",
    "Unchanged": "vault.drafts",
    "VaultStatus": "vault.status",
    "Verification": "access.audit.records",
    "harden": "injection.harden",
}
"""Where each public name is defined that is not in `errors`."""


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import pondpilot_secrets` itself costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_MODULES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
