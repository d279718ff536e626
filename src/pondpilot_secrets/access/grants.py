"""What a caller may do with a vault: each interface holds its own grants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import PolicyDeniedError

if TYPE_CHECKING:
    from pondpilot_secrets.models import SecretMetadata


class Grant(StrEnum):
    """One thing that may be done."""

    LIST = "list"
    """See what is known of secrets, never a value."""
    USE = "use"
    """Have a secret handed to DuckDB, a test or a child process, without seeing its value."""
    REVEAL = "reveal"
    """See a value."""
    WRITE = "write"
    """Save, change and delete."""
    EXPORT = "export"
    """Take values out of the vault in bulk."""


_NEVER_INJECT_ONLY = (Grant.REVEAL, Grant.EXPORT)


@dataclass(frozen=True, slots=True)
class Access:
    """The grants of one caller, and how the audit log names it.

    Attributes:
        interface: through which it came: `python`, `cli`, `web`, `desktop`, `mcp`.
        grants: what it may do.
        pid: its process, where it calls from another one; None for the process that holds the vault.
        user: its user's name, where it calls from another process; None for the user of this one.
    """

    interface: str
    grants: frozenset[Grant]
    pid: int | None = None
    user: str | None = None

    def read_only(self) -> Access:
        """The same caller without the grant to change anything."""
        return replace(self, grants=self.grants - {Grant.WRITE})

    def allows(self, grant: Grant) -> bool:
        """Whether the grant is held."""
        return grant in self.grants

    def require(self, grant: Grant, secret: SecretMetadata | None = None) -> None:
        """Raise `PolicyDeniedError` (1011), naming the grant that is missing, unless it is held.

        Whatever is held, values of an inject-only secret are neither revealed nor exported.
        """
        if grant not in self.grants:
            what = "the vault" if secret is None else repr(secret.name)
            held = ", ".join(each for each in Grant if each in self.grants) or "no grant at all"
            raise PolicyDeniedError(
                f"{self.interface} may not do this with {what}: the grant `{grant}` is missing",
                hint=f"it was opened with: {held}",
            )
        if secret is not None and secret.inject_only and grant in _NEVER_INJECT_ONLY:
            raise PolicyDeniedError(
                f"{secret.name!r} is inject-only: it is handed to DuckDB, and nobody is shown its values",
                hint="apply it instead; to lift that, give every sensitive field again: "
                "`pond edit NAME --no-inject-only FIELD…`",
            )


EVERYTHING = Access("python", frozenset(Grant))
"""All grants: what a program of the user's own has when it opens the vault from Python."""
