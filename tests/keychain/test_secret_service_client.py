"""The calls to the Secret Service, on each program that serves it: one round trip a read, and no read of another's item."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from pondpilot_secrets.errors import KeychainUnavailableError
from pondpilot_secrets.keychain import item_text
from pondpilot_secrets.keychain.base import SERVICE
from pondpilot_secrets.keychain.bus import Bus
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.keychain.secret_service_client import SecretServiceClient
from pondpilot_secrets.keychain.secret_service_paths import SEARCHES
from pondpilot_secrets.keychain.secret_service_programs import Program
from tests.services.secret_service_daemon import SecretServiceDaemon

pytestmark = pytest.mark.usefixtures("each_keychain")

ITEM, COLLECTION = "org.freedesktop.Secret.Item", "org.freedesktop.Secret.Collection"
DEFAULT = "/org/freedesktop/secrets/aliases/default"


def connect(bus_class: type[Bus] = Bus) -> SecretServiceClient:
    return SecretServiceClient(5.0, lambda: 5.0, lambda: None, lambda _: None, bus_class)


@pytest.fixture
def client() -> Iterator[SecretServiceClient]:
    """One on an empty keychain, which is emptied again."""
    with contextlib.closing(connect()) as client:
        client.unlock()
        empty(client)
        yield client
        client.bus.allow(5.0)
        empty(client)


def empty(client: SecretServiceClient) -> None:
    for account in client.list_accounts():
        client.delete(account)


@pytest.fixture
def other() -> Iterator[SecretServiceClient]:
    """Another program's connection."""
    with contextlib.closing(connect()) as other:
        yield other


def trips_of(client: SecretServiceClient, act: Callable[[], object]) -> int:
    before = client.bus.round_trips
    act()
    return client.bus.round_trips - before


def add_item(client: SecretServiceClient, account: str, text: bytes, **more: str) -> None:
    """Add an item beside others of its account, as an import of a keyring does."""
    attributes = {"service": SERVICE, "username": account, **more}
    properties = {f"{ITEM}.Label": ("s", f"copy {more}"), f"{ITEM}.Attributes": ("a{ss}", attributes)}
    arguments = (properties, client._live_session().encrypt(text), False)
    _, prompt = client.bus.call(DEFAULT, COLLECTION, "CreateItem", "a{sv}(oayays)b", arguments)
    client._answer(prompt, "its password")


def copies(client: SecretServiceClient, account: str) -> int:
    return len(client._items_of([account])[account])


# --- round trips ---


def test_a_read_after_the_first_is_one_round_trip(client: SecretServiceClient) -> None:
    client.set("s3:1", b"value")
    client.get_many(["s3:1"])
    assert trips_of(client, lambda: client.get_many(["s3:1"])) == 1


def test_reads_of_many_accounts_one_after_another_are_one_round_trip_each(
    client: SecretServiceClient, other: SecretServiceClient
) -> None:
    accounts = [f"s3:{number}" for number in range(12)]
    for account in accounts:
        other.set(account, account.encode())
    trips = [trips_of(client, lambda account=account: client.get_many([account])) for account in accounts]
    assert trips[SEARCHES + 1 :] == [1] * (len(accounts) - SEARCHES - 1), trips


def test_a_batch_is_one_round_trip_when_its_accounts_are_known(client: SecretServiceClient) -> None:
    accounts = [f"s3:{number}" for number in range(12)]
    for account in accounts:
        client.set(account, account.encode())
    client.get_many(accounts)
    found: dict[str, bytearray] = {}
    assert trips_of(client, lambda: found.update(client.get_many(accounts))) == 1
    assert found == {account: account.encode() for account in accounts}


def test_an_edit_leaves_the_paths_known(client: SecretServiceClient) -> None:
    client.set("s3:1", b"old")
    client.get_many(["s3:1"])
    client.set("s3:1", b"new")
    client.get_many(["s3:1"])  # sees the signal of the change
    assert trips_of(client, lambda: client.get_many(["s3:1"])) == 1
    assert client.get_many(["s3:1"]) == {"s3:1": b"new"}


# --- other programs ---


def test_a_change_by_another_connection_is_seen_at_once(
    client: SecretServiceClient, other: SecretServiceClient
) -> None:
    for number in range(12):
        value = b"%d" % number
        other.set("s3:1", value)
        assert client.get_many(["s3:1"]) == {"s3:1": value}
        if number % 4 == 0:
            other.delete("s3:1")
            assert client.get_many(["s3:1"]) == {}


def test_an_index_sees_what_came_and_went_after_it(client: SecretServiceClient, other: SecretServiceClient) -> None:
    for number in range(8):
        other.set(f"s3:{number}", b"%d" % number)
        client.get_many([f"s3:{number}"])
    other.delete("s3:3")
    other.set("s3:8", b"new")
    other.set("s3:4", b"changed")
    found = client.get_many([f"s3:{number}" for number in range(10)])
    expected = {f"s3:{number}": b"%d" % number for number in range(8) if number != 3}
    assert found == expected | {"s3:8": b"new", "s3:4": b"changed"}


def test_of_two_items_for_one_account_the_newest_is_read_and_one_write_leaves_one(
    client: SecretServiceClient, other: SecretServiceClient, each_keychain: SecretServiceDaemon
) -> None:
    client.set("s3:1", b"old")
    client.get_many(["s3:1"])
    add_item(other, "s3:1", bytes(item_text.encode("s3:1", b"newer")), imported="yes")
    if each_keychain.label == "GNOME Keyring":  # the only one that numbers its items; times are whole seconds
        assert client.get_many(["s3:1"]) == {"s3:1": b"newer"}
    assert copies(client, "s3:1") == 2
    client.set("s3:1", b"mine")
    assert copies(client, "s3:1") == 1
    assert client.get_many(["s3:1"]) == {"s3:1": b"mine"}
    client.delete("s3:1")
    assert copies(client, "s3:1") == 0


def test_a_remembered_path_that_leads_to_another_item_is_not_believed(
    client: SecretServiceClient, other: SecretServiceClient
) -> None:
    other.set("s3:1", b"one")
    other.set("s3:2", b"two")
    assert client.get_many(["s3:1", "s3:2"]) == {"s3:1": b"one", "s3:2": b"two"}
    wrong = client._paths.known(["s3:2"])["s3:2"]
    client._paths.remember({"s3:1": wrong})
    assert client.get_many(["s3:1"]) == {"s3:1": b"one"}


def test_what_another_program_wrote_comes_as_it_is(client: SecretServiceClient, other: SecretServiceClient) -> None:
    add_item(other, "s3:1", b"theirs")
    assert client.get_many(["s3:1"]) == {"s3:1": b"theirs"}
    assert trips_of(client, lambda: client.get_many(["s3:1"])) <= 4, "it is looked for again, once"
    text = bytes(item_text.encode("s3:another", b"moved here"))
    add_item(other, "s3:2", text)
    assert client.get_many(["s3:2"]) == {"s3:2": text}


def test_what_lies_in_the_keychain_is_ascii_without_braces(client: SecretServiceClient) -> None:
    payload = bytes(range(256)) + b"{USERNAME}{REF:P@I:46C9B1FF}"
    client.set("s3:1", payload)
    (path,) = client._items_of(["s3:1"])["s3:1"]
    text = client._texts({"s3:1": path})["s3:1"]
    assert text.isascii()
    assert not set(b"{}\0") & set(text)
    assert text == item_text.encode("s3:1", payload)
    assert client.get_many(["s3:1"]) == {"s3:1": payload}


class DisturbedBus(Bus):
    """Before each exchange something else changes, so that what is remembered may be wrong."""

    disturb: Callable[[], None] = staticmethod(lambda: None)

    def _exchange(self, messages: Sequence[Any], more: int = 0) -> list[Any]:
        DisturbedBus.disturb()
        return super()._exchange(messages, more)


def test_items_that_come_and_go_meanwhile_disturb_no_read(
    client: SecretServiceClient, other: SecretServiceClient
) -> None:
    client.set("s3:1", b"one")
    client.set("s3:2", b"two")

    def disturb() -> None:
        other.bus.allow(5.0)
        other.set("s3:other", b"x")
        other.delete("s3:other")
        other.set("s3:1", b"one")

    present = {"s3:1": b"one", "s3:2": b"two"}
    for asked in (["s3:1"], ["s3:1", "s3:2"], ["s3:2", "s3:nobody"]):
        with contextlib.closing(connect(DisturbedBus)) as disturbed:
            DisturbedBus.disturb = disturb
            try:
                for _ in range(3):
                    disturbed.bus.allow(10.0)
                    found = disturbed.get_many(asked)
                    assert found == {name: value for name, value in present.items() if name in asked}
            finally:
                DisturbedBus.disturb = staticmethod(lambda: None)


class RefusingBus(Bus):
    """Refuses every call once it is told to."""

    refuses = False

    def _body(self, reply: Any) -> Any:
        if RefusingBus.refuses:
            raise KeychainUnavailableError("the keychain refused a call: LimitsExceeded")
        return super()._body(reply)


def test_a_refused_call_is_no_missing_item(client: SecretServiceClient) -> None:
    """A refusal that passed for an absence would roll back a save, or drop a secret."""
    client.set("s3:1", b"value")
    client.set("s3:2", b"value")
    with contextlib.closing(connect(RefusingBus)) as refusing:
        RefusingBus.refuses = True
        try:
            with pytest.raises(KeychainUnavailableError):
                refusing.get_many(["s3:1", "s3:2"])
        finally:
            RefusingBus.refuses = False


# --- many, and the rest ---


def test_more_items_than_a_bus_answers_at_once(client: SecretServiceClient) -> None:
    items = {f"s3:{number:03}": b"value %d" % number for number in range(150)}
    for account, payload in items.items():
        client.bus.allow(5.0)
        client.set(account, payload)
    with contextlib.closing(connect()) as fresh:
        assert fresh.get_many(list(items)) == items
        assert fresh.list_accounts() == sorted(items)


def test_items_of_other_services_are_none_of_ours(
    client: SecretServiceClient, each_keychain: SecretServiceDaemon
) -> None:
    store = ["secret-tool", "store", "--label=x", "service", "another", "username", "s3:1"]
    subprocess.run(store, env=each_keychain.full_environment, input=b"theirs", check=True, timeout=10)
    for number in range(6):
        client.set(f"s3:{number}", b"%d" % number)
        assert client.get_many([f"s3:{number}"]) == {f"s3:{number}": b"%d" % number}
    assert client.list_accounts() == [f"s3:{number}" for number in range(6)]
    clear = ["secret-tool", "clear", "service", "another", "username", "s3:1"]
    subprocess.run(clear, env=each_keychain.full_environment, check=True, timeout=10)


def test_the_program_that_serves_is_named(client: SecretServiceClient, each_keychain: SecretServiceDaemon) -> None:
    assert client.program.label == each_keychain.label
    told: list[Program] = []
    SecretServiceClient(5.0, lambda: 5.0, lambda: None, told.append).close()
    assert [program.label for program in told] == [each_keychain.label]


def test_it_has_a_collection_that_is_unlocked(client: SecretServiceClient) -> None:
    assert client.has_collection()
    client.unlock()
    assert not client.locked()
    client.refuse_locked()


def test_a_provider_reads_what_a_client_wrote(client: SecretServiceClient) -> None:
    client.set("s3:1", b"value")
    with contextlib.closing(SecretServiceKeychain()) as keychain:
        assert keychain.get("s3:1") == b"value"
