"""What a store is to a vault: how one is made, opened, looked at and destroyed, and what it can do.

`registry` holds one `StoreKind` for each store; nothing else asks which store it has. A store of your own is a class that
inherits `StoreKind`, given by an entry point of the group `pondpilot_secrets.stores`. What it opens, a `KeychainProvider`,
passes the suite of `pondpilot_secrets.keychain.conformance`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.base import KeychainProvider
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.base import KeychainStatus
    from pondpilot_secrets.keychain.encrypted_file.key_slots import KeySlot
    from pondpilot_secrets.keychain.encrypted_file.key_sources import KeySource

Passphrase: TypeAlias = str | SecureString | Callable[[bool], SecureString] | None
"""A passphrase, or a function that asks for one; its argument says whether it is a new one, to be given twice."""


class Capability(StrEnum):
    """What some stores can do and others cannot."""

    PERSISTENT = "persistent"
    """Its items outlive the process; a store without is for tests, and no list that people see names it."""

    TRANSACTIONS = "transactions"
    """`set_many` keeps all payloads or none."""

    KEY_SLOTS = "key slots"
    """It has keys of its own that can be added, replaced and taken away; what it opens is a `KeySlotProvider`."""


@dataclass(frozen=True, slots=True)
class StoreContext:
    """What a store is made and opened with. A store takes what it needs of it, and reads its own settings elsewhere.

    Attributes:
        home: the vault's folder, for stores that keep files in it.
        key_files: key files to try in this order; a new store takes the first alone.
        passphrase: a passphrase, or a function that asks for it when it is needed.
        passphrase_file: a file with a passphrase, which is read where `passphrase` is no value.
    """

    home: Path
    key_files: tuple[Path, ...] = ()
    passphrase: Passphrase = field(default=None, repr=False)
    passphrase_file: Path | None = None


class KeySlotProvider(KeychainProvider, Protocol):
    """An open store with `Capability.KEY_SLOTS`."""

    @property
    def opened_by(self) -> KeySlot:
        """The slot that the store was opened with."""
        ...

    def slots(self) -> list[KeySlot]:
        """Return the slots as the store has them now."""
        ...

    def change_slots(
        self, add: Sequence[KeySource] = (), *, drop: Collection[str] = (), used: KeySlot | None = None
    ) -> list[KeySlot]:
        """Add slots, remove those of some kinds and one that was used up, in one transaction; returns the removed."""
        ...

    def rekey(self, keys: Sequence[KeySource]) -> int:
        """Encrypt every item again under a new data key that these keys alone open; returns how many items."""
        ...


class StoreKind(ABC):
    """One kind of store.

    Attributes:
        name: what `POND_STORE` and `--store` call it, and what a vault remembers.
        label: what people call it, in the middle of a sentence.
        capabilities: what it can do.
        automatic: whether `auto` may choose it.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.PERSISTENT})
    automatic: ClassVar[bool] = False

    def can(self, capability: Capability) -> bool:
        """Whether this store has the capability."""
        return capability in self.capabilities

    @abstractmethod
    def status(self, context: StoreContext) -> KeychainStatus:
        """Say whether the store answers and is unlocked, or could be made; never prompts and never raises `SecretError`."""

    @abstractmethod
    def create(self, context: StoreContext, *, replace: bool = False) -> KeychainProvider:
        """Make the store of a new vault, or the target of a move, and open it; may ask a person.

        With `replace`, what an interrupted move left in its place is removed first. Raises `UsageError` (1022) where a key
        is missing, `VaultError` (1018) where the store is there already, `PlatformNotSupportedError` (1004) where it does
        not answer.
        """

    @abstractmethod
    def open(self, context: StoreContext) -> KeychainProvider:
        """Open the store of a vault; may ask a person, now or at the first call. Raises the errors of the store."""

    @abstractmethod
    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        """Remove these accounts of a vault that has moved elsewhere, and what else the store keeps for this vault alone.

        Never prompts: raises `KeychainLockedError` (1010) or `PlatformNotSupportedError` (1004) instead.
        """

    @abstractmethod
    def opens_unattended(self, context: StoreContext) -> bool:
        """Whether opening it asks nobody anything, as far as can be told beforehand."""

    def can_prompt(self) -> bool:
        """Whether somebody here could see and answer a prompt of the store itself."""
        return True

    def holds_items(self, context: StoreContext) -> bool:
        """Whether the vault's folder holds a store of this kind with items in it, whatever the vault remembers."""
        del context
        return False

    def slot_kinds(self, context: StoreContext) -> tuple[str, ...]:
        """Return the kind of each key slot (`passphrase`, `file`, `keychain`, `recovery`) without opening the store."""
        del context
        return ()

    def open_with(self, context: StoreContext, keys: Sequence[KeySource]) -> KeySlotProvider:
        """Open the store with these keys alone; raises `UsageError` (1022) where it has no key slots."""
        del context, keys
        raise no_key_slots(self)


def no_key_slots(kind: StoreKind) -> UsageError:
    """Return the error for a store that has no keys of its own."""
    return UsageError(
        f"{kind.label} has no keys that could be changed here: only an encrypted file has key slots",
        hint="`pond vault move --to file` moves the secrets into one",
    )
