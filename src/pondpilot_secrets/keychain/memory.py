"""A keychain in memory whose faults are chosen: for tests of this package, and for those of programs that use it.

`MemoryKeychain` keeps the contract of `KeychainProvider` and passes the suite of `pondpilot_secrets.keychain.conformance`.
Nothing of it outlives the process. Faults say what goes wrong at which call:

>>> from pondpilot_secrets.errors import KeychainLockedError
>>> from pondpilot_secrets.keychain.memory import Fail, Lose, MemoryKeychain, Tear
>>> keychain = MemoryKeychain()
>>> keychain.items.add_fault(Fail(KeychainLockedError("it is locked")), call="set", nth=2)
>>> keychain.set("s3:1", b"first")
>>> keychain.set("s3:2", b"second")
Traceback (most recent call last):
pondpilot_secrets.errors.KeychainLockedError: it is locked
>>> keychain.items.add_fault(Tear(3), call="get")
>>> keychain.get("s3:1")
bytearray(b'fir')
>>> keychain.items.add_fault(Lose(), call="set")
>>> keychain.set("s3:3", b"never kept")
>>> keychain.list_accounts()
['s3:1']

A whole vault on it is `SecretsManager.open(home, "memory")`; `items_of(home)` gives its items, so that a test can add
faults and look at what is stored. In pytest:

    def test_a_save_that_fails_leaves_nothing(tmp_path):
        with SecretsManager.open(tmp_path, "memory") as vault:
            items_of(tmp_path).add_fault(Fail(KeychainUnavailableError("gone")), call="set_many")
            with pytest.raises(KeychainUnavailableError):
                vault.save_secret("http", "token", {"bearer_token": "…"}, scope="https://example.com/")
            assert vault.list_secrets() == []
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from pondpilot_secrets.errors import (
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    SecretError,
)
from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.keychain.store_kind import Capability, StoreKind
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.store_kind import StoreContext

DESCRIPTION = "a keychain in memory, for tests"


@dataclass(frozen=True, slots=True)
class Fail:
    """Raise an error.

    Attributes:
        error: an error, or a function that makes one for each call.
        after: whether the call takes effect first, as where the reply is lost on its way.
    """

    error: BaseException | Callable[[], BaseException]
    after: bool = False


@dataclass(frozen=True, slots=True)
class Delay:
    """Wait before the call takes effect.

    Attributes:
        seconds: how long.
        sleep: what waits; a test gives its own clock's, or an event's `wait`.
    """

    seconds: float
    sleep: Callable[[float], object] = time.sleep


@dataclass(frozen=True, slots=True)
class Tear:
    """Keep only the beginning of a payload: of what is stored by a write, or of what is returned by a read.

    Attributes:
        length: bytes that are left.
    """

    length: int


@dataclass(frozen=True, slots=True)
class Lose:
    """Say that all is well and do nothing: a write or deletion is not kept, a read finds no item."""


Fault: TypeAlias = Fail | Delay | Tear | Lose


@dataclass(slots=True)
class _Scheduled:
    fault: Fault
    call: str | None
    account: str | None
    skip: int
    left: float

    def meets(self, call: str, account: str | None) -> bool:
        """Count a call, and say whether the fault is due at it."""
        if (self.call is not None and self.call != call) or (self.account is not None and self.account != account):
            return False
        if self.skip:
            self.skip -= 1
            return False
        self.left -= 1
        return True


class MemoryItems:
    """What is stored, and which faults are due; several keychains may share one. Safe between threads.

    Attributes:
        locked: whether reads and writes raise `KeychainLockedError` until somebody unlocks.
        calls: every call so far, its name and its account (None for calls about all of them).
    """

    def __init__(self) -> None:
        self.locked = False
        self.calls: list[tuple[str, str | None]] = []
        self._payloads: dict[str, bytearray] = {}
        self._faults: list[_Scheduled] = []
        self._lock = threading.RLock()

    def add_fault(
        self,
        fault: Fault,
        *,
        call: str | None = None,
        account: str | None = None,
        nth: int = 1,
        times: float = 1,
    ) -> None:
        """Let a fault happen at the `nth` call from now, and at `times` calls in a row (`math.inf` for all that follow).

        `call` is the name of a method (`get`, `set_many`, `unlock`, …) and `account` an account; None stands for any.
        """
        with self._lock:
            self._faults.append(_Scheduled(fault, call, account, nth - 1, times))

    def clear_faults(self) -> None:
        """Remove the faults that have not happened."""
        with self._lock:
            self._faults.clear()

    def snapshot(self) -> dict[str, bytes]:
        """Return a copy of every payload, for a test to compare with; no call is counted."""
        with self._lock:
            return {account: bytes(payload) for account, payload in self._payloads.items()}

    def overwrite(self, account: str, payload: bytes | None) -> None:
        """Change an item as another program might, or delete it with None; no call is counted and no fault happens."""
        with self._lock:
            old = self._payloads.pop(account, bytearray())
            wipe(old)
            if payload is not None:
                self._payloads[account] = bytearray(payload)

    def due(self, call: str, account: str | None) -> list[Fault]:
        """Count a call and return the faults that happen at it."""
        with self._lock:
            self.calls.append((call, account))
            due = [scheduled.fault for scheduled in self._faults if scheduled.meets(call, account)]
            self._faults = [scheduled for scheduled in self._faults if scheduled.left > 0]
            return due

    def read(self, account: str, length: int | None = None) -> bytearray | None:
        """Return a copy of a payload, or of its beginning; None where there is none."""
        with self._lock:
            payload = self._payloads.get(account)
            return None if payload is None else payload[:length]

    def write(self, payloads: Mapping[str, Payload], length: int | None = None) -> None:
        """Keep copies of the payloads, or of their beginnings."""
        with self._lock:
            for account, payload in payloads.items():
                wipe(self._payloads.get(account, bytearray()))
                with memoryview(payload) as view:
                    self._payloads[account] = bytearray(view[:length])

    def remove(self, account: str) -> None:
        """Wipe and remove a payload."""
        self.overwrite(account, None)

    def clear(self) -> None:
        """Wipe and remove every payload; the faults that were added stay."""
        for account in self.accounts():
            self.remove(account)

    def accounts(self) -> list[str]:
        """Return every account, sorted."""
        with self._lock:
            return sorted(self._payloads)


class MemoryKeychain:
    """A `KeychainProvider` over `MemoryItems`. Safe between threads."""

    name = "memory"

    def __init__(self, items: MemoryItems | None = None, *, transactions: bool = True) -> None:
        """Take the items, or begin with none.

        Without `transactions`, `set_many` and `get_many` are counted, and fail, item by item as `set` and `get`, as on a
        system's keychain.
        """
        self.items = items or MemoryItems()
        self._transactions = transactions
        self._closed = False

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`."""
        found = self._read("get", account, [account])
        if account not in found:
            raise CredentialMissingError(f"the keychain does not hold the item {account}")
        return found[account]

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads that exist."""
        if self._transactions:
            return self._read("get_many", None, accounts)
        found: dict[str, bytearray] = {}
        for account in accounts:
            found |= self._read("get", account, [account])
        return found

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload."""
        self._write("set", account, {account: payload})

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store all payloads or none, or without transactions one after another."""
        if self._transactions:
            self._write("set_many", None, payloads)
        else:
            for account, payload in payloads.items():
                self.set(account, payload)

    def delete(self, account: str) -> None:
        """Remove the payload."""
        call = self._begin("delete", account)
        if not call.lost:
            self._require_unlocked()
            self.items.remove(account)
        call.end()

    def list_accounts(self) -> list[str]:
        """Return every account."""
        call = self._begin("list_accounts")
        accounts = [] if call.lost else self.items.accounts()
        call.end()
        return accounts

    def status(self) -> KeychainStatus:
        """Say that the keychain answers, unless a fault is due at this call, and whether it is locked."""
        try:
            self._begin("status").end()
        except SecretError as error:
            return KeychainStatus(False, False, DESCRIPTION, error.message, error.hint)
        if self.items.locked:
            return KeychainStatus(True, True, DESCRIPTION, "a test locked it", "unlock it in the test")
        return KeychainStatus(True, False, DESCRIPTION)

    def unlock(self) -> None:
        """Unlock."""
        call = self._begin("unlock")
        if not call.lost:
            self.items.locked = False
        call.end()

    def close(self) -> None:
        """Let no call follow; the items stay."""
        self._closed = True

    def _read(self, name: str, account: str | None, accounts: Sequence[str]) -> dict[str, bytearray]:
        call = self._begin(name, account)
        self._require_unlocked()
        found: dict[str, bytearray] = {}
        for each in () if call.lost else accounts:
            payload = self.items.read(each, call.length)
            if payload is not None:
                found[each] = payload
        try:
            call.end()
        except BaseException:
            for payload in found.values():
                wipe(payload)
            raise
        return found

    def _write(self, name: str, account: str | None, payloads: Mapping[str, Payload]) -> None:
        call = self._begin(name, account)
        self._require_unlocked()
        if not call.lost:
            self.items.write(payloads, call.length)
        call.end()

    def _begin(self, name: str, account: str | None = None) -> _Call:
        if self._closed:
            raise KeychainUnavailableError("this keychain is closed")
        return _Call(self.items.due(name, account))

    def _require_unlocked(self) -> None:
        if self.items.locked:
            raise KeychainLockedError("the keychain is locked")


class _Call:
    """One call under the faults that are due at it; those that come first have happened when it is made."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.lost = any(isinstance(fault, Lose) for fault in faults)
        self.length = min((fault.length for fault in faults if isinstance(fault, Tear)), default=None)
        self._late = [fault for fault in faults if isinstance(fault, Fail) and fault.after]
        for fault in faults:
            if isinstance(fault, Delay):
                fault.sleep(fault.seconds)
        for fault in faults:
            if isinstance(fault, Fail) and not fault.after:
                raise _error_of(fault)

    def end(self) -> None:
        """Raise what is to be raised after the call took effect."""
        for fault in self._late:
            raise _error_of(fault)


def _error_of(fault: Fail) -> BaseException:
    return fault.error if isinstance(fault.error, BaseException) else fault.error()


_vaults: dict[Path, MemoryItems] = {}
_vaults_lock = threading.Lock()


def items_of(home: Path) -> MemoryItems:
    """Return the items of the vault in this folder, as long as the process lives; they are made when first asked for."""
    with _vaults_lock:
        return _vaults.setdefault(home.absolute(), MemoryItems())


def forget_items_of(home: Path) -> None:
    """Wipe and forget the items of the vault in this folder."""
    with _vaults_lock:
        items = _vaults.pop(home.absolute(), None)
    if items is not None:
        items.clear()


class MemoryStore(StoreKind):
    """A `MemoryKeychain` as the store of a whole vault; all that open the vault of one folder share its items."""

    name: ClassVar[str] = "memory"
    label: ClassVar[str] = "the keychain in memory"
    capabilities: ClassVar[frozenset[Capability]] = frozenset({Capability.TRANSACTIONS})

    def status(self, context: StoreContext) -> KeychainStatus:
        """Say what the keychain says."""
        return self.open(context).status()

    def create(self, context: StoreContext, *, replace: bool = False) -> MemoryKeychain:
        """Open the items of this folder, and unlock them."""
        if replace:
            self.destroy(context, ())
        keychain = self.open(context)
        keychain.unlock()
        return keychain

    def open(self, context: StoreContext) -> MemoryKeychain:
        """Open the items of this folder."""
        return MemoryKeychain(items_of(context.home))

    def destroy(self, context: StoreContext, accounts: Iterable[str]) -> None:
        """Remove every item of this folder's vault; the faults that were added stay."""
        del accounts
        items_of(context.home).clear()

    def opens_unattended(self, context: StoreContext) -> bool:
        """Whether a test has not locked it."""
        return self.status(context).usable
