"""Credentials in the operating system's keychain, handed to DuckDB as temporary in-memory secrets.

`SecretsManager.open()` is the one door: `save_secret` keeps a credential, `applied(con, name)` lends it to a DuckDB
connection for a `with` block, `attach(con, name)` attaches a database with it, `test_secret` says whether it works.
Every error is a `SecretError` with a `code`, a message and a `hint`.
"""

from __future__ import annotations

from pondpilot_secrets._version import __version__

TYPE_CHECKING = False  # what type checkers take for true, without the 5 ms of importing typing

if TYPE_CHECKING:
    from pondpilot_secrets.errors import SecretError
    from pondpilot_secrets.manager import SecretsManager
    from pondpilot_secrets.models import SecretCredentials, SecretMetadata, TestReason, TestResult
    from pondpilot_secrets.secure import SecureString
    from pondpilot_secrets.vault.drafts import UNCHANGED, Changes, Draft
    from pondpilot_secrets.vault.new_keys import NewKeys
    from pondpilot_secrets.vault.recovery_codes import CodeRecovery
    from pondpilot_secrets.vault.rotation import Rotation
    from pondpilot_secrets.vault.status import KeySlots, VaultStatus
    from pondpilot_secrets.vault.store_move import Rekey, StoreMove

__all__ = [
    "UNCHANGED",
    "Changes",
    "CodeRecovery",
    "Draft",
    "KeySlots",
    "NewKeys",
    "Rekey",
    "Rotation",
    "SecretCredentials",
    "SecretError",
    "SecretMetadata",
    "SecretsManager",
    "SecureString",
    "StoreMove",
    "TestReason",
    "TestResult",
    "VaultStatus",
    "__version__",
]

_HOMES = {
    "Changes": "vault.drafts",
    "CodeRecovery": "vault.recovery_codes",
    "Draft": "vault.drafts",
    "KeySlots": "vault.status",
    "NewKeys": "vault.new_keys",
    "Rekey": "vault.store_move",
    "Rotation": "vault.rotation",
    "SecretCredentials": "models",
    "SecretError": "errors",
    "SecretMetadata": "models",
    "SecretsManager": "manager",
    "SecureString": "secure",
    "StoreMove": "vault.store_move",
    "TestReason": "models",
    "TestResult": "models",
    "UNCHANGED": "vault.drafts",
    "VaultStatus": "vault.status",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import pondpilot_secrets` itself costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
