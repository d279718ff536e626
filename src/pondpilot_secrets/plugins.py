"""For packages that add a store or a secret type, by an entry point that names it.

- `pondpilot_secrets.stores` is the group of a `StoreKind`: where values may rest. What it opens is a `KeychainProvider`.
- `pondpilot_secrets.secret_types` is the group of a `SecretType`: plain data about a credential that DuckDB takes.

Entry points are looked at only for a name that no built-in one has, so that an installed plugin costs nothing until it is
used.
`docs/plugins.md` shows a package with both; `pondpilot_secrets.testing` has the suite that a store has to pass.
"""

from __future__ import annotations

from pondpilot_secrets.keychain.base import KeychainProvider, KeychainStatus, Payload
from pondpilot_secrets.keychain.store_kind import Capability, StoreContext, StoreKind
from pondpilot_secrets.secret_types.base import (
    Attach,
    AttachTarget,
    Category,
    Field,
    FieldKind,
    Fields,
    Parameters,
    Probe,
    ProbeKind,
    Problem,
    Provider,
    References,
    Rule,
    SecretType,
)

__all__ = [
    "Attach",
    "AttachTarget",
    "Capability",
    "Category",
    "Field",
    "FieldKind",
    "Fields",
    "KeychainProvider",
    "KeychainStatus",
    "Parameters",
    "Payload",
    "Probe",
    "ProbeKind",
    "Problem",
    "Provider",
    "References",
    "Rule",
    "SecretType",
    "StoreContext",
    "StoreKind",
]
