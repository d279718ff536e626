"""The contract that every keychain provider keeps.

A provider stores one opaque payload per account under the service name of the design. It knows nothing of secret types,
names or metadata. `pondpilot_secrets.keychain.conformance` holds the suite that every provider passes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SERVICE = "io.pondpilot.secrets.v1"
"""The service name under which every item lies, as the design says."""

CALL_DEADLINE = 2.0
"""Seconds that a keychain call may take while nobody is being asked anything."""

PROMPT_DEADLINE = 60.0
"""Seconds that a person has for answering a prompt that they can see."""

Payload: TypeAlias = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True)
class KeychainStatus:
    """What a keychain says of itself.

    Attributes:
        available: whether it answers at all.
        locked: whether something must be unlocked before items can be read.
        description: which keychain answered, for people (`GNOME Keyring over the Secret Service`).
        reason: why it is not available or is locked, or None when all is well.
        hint: how to mend that, or None.
    """

    available: bool
    locked: bool
    description: str
    reason: str | None = None
    hint: str | None = None

    @property
    def usable(self) -> bool:
        """Whether items can be read and written right now, without asking anybody."""
        return self.available and not self.locked


@runtime_checkable
class KeychainProvider(Protocol):
    """A place where payloads rest, one per account.

    Every method may raise `KeychainUnavailableError` (1015), `KeychainLockedError` (1010), `PromptDismissedError` (1013),
    `PromptTimeoutError` (1014), `KeychainAccessDeniedError` (1001) or `PlatformNotSupportedError` (1004). Methods may be
    called from several threads at once. Payloads are returned as a bytearray that the caller wipes; payloads passed in
    are not kept.
    """

    name: str

    def get(self, account: str) -> bytearray:
        """Return the payload; raises `CredentialMissingError` when there is none, `CredentialCorruptError` when torn."""
        ...

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads of those accounts that exist, in as few round trips as the platform allows."""
        ...

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload, replacing any that was there; afterwards `get` gives the old one or the new, never a mix."""
        ...

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store many payloads, in one transaction where the platform has them."""
        ...

    def delete(self, account: str) -> None:
        """Remove the payload; does nothing when there is none."""
        ...

    def list_accounts(self) -> list[str]:
        """Return every account of our service, sorted, without reading a payload and without prompting."""
        ...

    def status(self) -> KeychainStatus:
        """Say whether this keychain answers and is unlocked; never prompts and never raises for an absent keychain."""
        ...

    def unlock(self) -> None:
        """Unlock, asking the person where it must; does nothing when unlocked."""
        ...

    def close(self) -> None:
        """Close connections and wipe any key; the provider cannot be used afterwards."""
        ...
