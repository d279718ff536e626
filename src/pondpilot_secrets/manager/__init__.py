"""The one door: `SecretsManager` orders metadata, keychain, access, audit and DuckDB for every interface.

`door` is the class; behind it `opening` makes or finds a vault and `vault` holds its open parts. `writing` keeps the two
stores in agreement, `undoing` takes back what failed half-way, `binding` holds a credential to its scopes, `reading` opens
credentials, `lending` hands them to DuckDB, `rotating` puts new values in the place of old ones. `migrating`, `new_keys`
and `recovering` look after what opens the vault; `limiting` and `presence` are its rules. No SQL and no parsing is here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.manager.door import SecretsManager

if TYPE_CHECKING:
    from pondpilot_secrets.manager.writing import Draft

__all__ = ["Draft", "SecretsManager"]


def __getattr__(name: str) -> object:
    """Load what writing needs only when something is written: `pond ls` is 20 ms faster for it."""
    if name != "Draft":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pondpilot_secrets.manager.writing import Draft

    return Draft
