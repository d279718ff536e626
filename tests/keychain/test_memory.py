"""The keychain in memory keeps the contract, and its faults happen where a test wants them and nowhere else."""

from __future__ import annotations

import doctest
import math
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.errors import CredentialMissingError, KeychainLockedError, KeychainUnavailableError
from pondpilot_secrets.keychain import memory
from pondpilot_secrets.keychain.conformance import KeychainConformance
from pondpilot_secrets.keychain.memory import (
    Delay,
    Fail,
    Lose,
    MemoryItems,
    MemoryKeychain,
    MemoryStore,
    Tear,
    forget_items_of,
    items_of,
)
from pondpilot_secrets.keychain.store_kind import StoreContext

GONE = KeychainUnavailableError("it went away")


class TestWithTransactions(KeychainConformance):
    @pytest.fixture
    def provider(self) -> MemoryKeychain:
        return MemoryKeychain()


class TestWithoutTransactions(KeychainConformance):
    @pytest.fixture
    def provider(self) -> MemoryKeychain:
        return MemoryKeychain(transactions=False)


@pytest.fixture
def keychain() -> MemoryKeychain:
    keychain = MemoryKeychain()
    keychain.set("s3:1", b"first")
    return keychain


def test_the_example_in_the_docs_is_true() -> None:
    assert doctest.testmod(memory, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed == 0


def test_only_the_nth_call_of_that_name_fails(keychain: MemoryKeychain) -> None:
    keychain.items.add_fault(Fail(GONE), call="get", nth=2)
    keychain.set("s3:2", b"second")
    assert keychain.get("s3:1") == b"first"
    with pytest.raises(KeychainUnavailableError):
        keychain.get("s3:1")
    assert keychain.get("s3:1") == b"first"


def test_a_fault_of_one_account_spares_the_others(keychain: MemoryKeychain) -> None:
    keychain.items.add_fault(Fail(GONE), account="s3:1", times=math.inf)
    keychain.set("s3:2", b"second")
    for _ in range(3):
        with pytest.raises(KeychainUnavailableError):
            keychain.get("s3:1")
    assert keychain.get("s3:2") == b"second"


def test_a_fault_can_last_for_some_calls_or_for_ever(keychain: MemoryKeychain) -> None:
    keychain.items.add_fault(Fail(lambda: KeychainLockedError("locked")), times=3)
    for call in (lambda: keychain.get("s3:1"), lambda: keychain.set("s3:1", b"x"), keychain.list_accounts):
        with pytest.raises(KeychainLockedError):
            call()
    assert keychain.get("s3:1") == b"first"
    keychain.items.add_fault(Fail(GONE), times=math.inf)
    for _ in range(20):
        with pytest.raises(KeychainUnavailableError):
            keychain.unlock()
    keychain.items.clear_faults()
    keychain.unlock()


def test_a_failed_write_changes_nothing_and_one_that_fails_late_does(keychain: MemoryKeychain) -> None:
    keychain.items.add_fault(Fail(GONE), call="set")
    with pytest.raises(KeychainUnavailableError):
        keychain.set("s3:1", b"second")
    assert keychain.items.snapshot() == {"s3:1": b"first"}
    keychain.items.add_fault(Fail(GONE, after=True), call="set")
    with pytest.raises(KeychainUnavailableError):
        keychain.set("s3:1", b"second")
    assert keychain.items.snapshot() == {"s3:1": b"second"}


@pytest.mark.parametrize("call", ["get", "get_many"])
def test_a_torn_read_leaves_the_item_whole(keychain: MemoryKeychain, call: str) -> None:
    keychain.items.add_fault(Tear(2), call=call)
    torn = keychain.get("s3:1") if call == "get" else keychain.get_many(["s3:1"])["s3:1"]
    assert torn == b"fi"
    assert keychain.get("s3:1") == b"first"


def test_a_torn_write_stores_the_beginning(keychain: MemoryKeychain) -> None:
    keychain.items.add_fault(Tear(3), call="set")
    keychain.set("s3:1", b"second")
    assert keychain.get("s3:1") == b"sec"


def test_a_lost_call_says_that_all_is_well(keychain: MemoryKeychain) -> None:
    for call in ("set", "set_many", "delete", "get", "get_many", "list_accounts"):
        keychain.items.add_fault(Lose(), call=call)
    keychain.set("s3:2", b"second")
    keychain.set_many({"s3:2": b"second"})
    keychain.delete("s3:1")
    assert keychain.items.snapshot() == {"s3:1": b"first"}
    with pytest.raises(CredentialMissingError):
        keychain.get("s3:1")
    assert keychain.get_many(["s3:1"]) == {}
    assert keychain.list_accounts() == []
    assert keychain.list_accounts() == ["s3:1"]


def test_a_delayed_call_waits_before_it_takes_effect(keychain: MemoryKeychain) -> None:
    waited: list[tuple[float, dict[str, bytes]]] = []
    keychain.items.add_fault(
        Delay(2.5, lambda seconds: waited.append((seconds, keychain.items.snapshot()))), call="set"
    )
    keychain.set("s3:1", b"second")
    assert waited == [(2.5, {"s3:1": b"first"})]
    assert keychain.get("s3:1") == b"second"


def test_a_delayed_call_holds_no_other_thread(keychain: MemoryKeychain) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold(seconds: float) -> None:
        entered.set()
        assert leave.wait(seconds)

    keychain.items.add_fault(Delay(30, hold), call="set")
    writer = threading.Thread(target=keychain.set, args=("s3:1", b"second"))
    writer.start()
    assert entered.wait(30)
    assert keychain.get("s3:1") == b"first"
    leave.set()
    writer.join()
    assert keychain.get("s3:1") == b"second"


def test_without_transactions_a_batch_is_cut_where_an_item_fails() -> None:
    batch = {f"s3:{number}": b"%d" % number for number in range(5)}
    kept = {}
    for transactions in (True, False):
        keychain = MemoryKeychain(transactions=transactions)
        keychain.items.add_fault(Fail(GONE), account="s3:3")
        keychain.items.add_fault(Fail(GONE), call="set_many")
        with pytest.raises(KeychainUnavailableError):
            keychain.set_many(batch)
        kept[transactions] = list(keychain.items.snapshot())
    assert kept == {True: [], False: ["s3:0", "s3:1", "s3:2"]}


def test_a_locked_keychain_is_read_after_it_is_unlocked(keychain: MemoryKeychain) -> None:
    keychain.items.locked = True
    for call in (lambda: keychain.get("s3:1"), lambda: keychain.set("s3:1", b"x"), lambda: keychain.delete("s3:1")):
        with pytest.raises(KeychainLockedError):
            call()
    status = keychain.status()
    assert (status.available, status.locked) == (True, True)
    assert keychain.list_accounts() == ["s3:1"]
    keychain.unlock()
    assert keychain.get("s3:1") == b"first"


def test_an_absent_keychain_is_a_status_and_no_error(keychain: MemoryKeychain) -> None:
    keychain.items.add_fault(Fail(GONE), call="status")
    status = keychain.status()
    assert (status.available, status.reason) == (False, "it went away")
    assert keychain.status().usable


def test_calls_are_counted_and_those_of_other_programs_are_not(keychain: MemoryKeychain) -> None:
    keychain.items.overwrite("s3:1", b"edited")
    keychain.get_many(["s3:1"])
    keychain.items.overwrite("s3:1", None)
    assert keychain.items.calls == [("set", "s3:1"), ("get_many", None)]
    assert keychain.list_accounts() == []


def test_a_closed_keychain_answers_no_more_and_its_items_stay() -> None:
    items = MemoryItems()
    first = MemoryKeychain(items)
    first.set("s3:1", b"value")
    first.close()
    with pytest.raises(KeychainUnavailableError):
        first.get("s3:1")
    assert MemoryKeychain(items).get("s3:1") == b"value"


class TestStore:
    @pytest.fixture
    def context(self, tmp_path: Path) -> Iterator[StoreContext]:
        yield StoreContext(tmp_path)
        forget_items_of(tmp_path)

    def test_all_that_open_one_folder_share_its_items(self, context: StoreContext, tmp_path: Path) -> None:
        store = MemoryStore()
        store.create(context).set("s3:1", b"value")
        assert store.open(context).get("s3:1") == b"value"
        assert items_of(tmp_path).snapshot() == {"s3:1": b"value"}
        assert store.open(StoreContext(tmp_path / "other")).list_accounts() == []

    def test_destroying_removes_everything(self, context: StoreContext) -> None:
        store = MemoryStore()
        store.create(context).set("s3:1", b"value")
        store.destroy(context, ["s3:1"])
        assert store.open(context).list_accounts() == []

    def test_it_opens_unattended_unless_a_test_locked_it(self, context: StoreContext, tmp_path: Path) -> None:
        store = MemoryStore()
        assert store.opens_unattended(context)
        items_of(tmp_path).locked = True
        assert not store.opens_unattended(context)
        store.create(context)
        assert store.opens_unattended(context)
