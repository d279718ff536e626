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

__all__ = [
    "SecretCredentials",
    "SecretError",
    "SecretMetadata",
    "SecretsManager",
    "SecureString",
    "TestReason",
    "TestResult",
    "__version__",
]

_HOMES = {
    "SecretCredentials": "models",
    "SecretError": "errors",
    "SecretMetadata": "models",
    "SecretsManager": "manager",
    "SecureString": "secure",
    "TestReason": "models",
    "TestResult": "models",
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
