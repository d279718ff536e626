"""One connection to a bus: its address, its deadlines, its signals, and what a broken one says."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.keychain.bus import DISCONNECTED, Bus, ErrorMap, ObjectGoneError
from tests.services.keyring_daemon import KeyringDaemon
from tests.services.secret_service_daemon import NAME, PATH

SERVICE, COLLECTION, ITEM = (f"org.freedesktop.Secret.{word}" for word in ("Service", "Collection", "Item"))
PROPERTIES = "org.freedesktop.DBus.Properties"


class NoBusError(SecretError):
    pass


class LateError(SecretError):
    pass


class RefusedError(SecretError):
    pass


def refused(name: str) -> SecretError:
    return ObjectGoneError() if name.endswith(("UnknownObject", "UnknownMethod")) else RefusedError(name)


ERRORS = ErrorMap(lambda: NoBusError("no bus"), lambda seconds: LateError(f"{seconds:g}"), refused)


def connect(seconds: float = 5.0) -> Bus:
    return Bus(NAME, seconds, ERRORS)


@pytest.fixture
def environment(secret_service: KeyringDaemon, monkeypatch: pytest.MonkeyPatch) -> KeyringDaemon:
    for name, value in secret_service.environment.items():
        monkeypatch.setenv(name, value)
    return secret_service


@pytest.fixture
def bus(environment: KeyringDaemon) -> Iterator[Bus]:
    with contextlib.closing(connect()) as bus:
        yield bus


def read_alias(bus: Bus) -> str:
    (path,) = bus.call(PATH, SERVICE, "ReadAlias", "s", ("default",))
    return str(path)


# --- where the bus is ---


def test_without_the_variable_the_socket_of_the_session_is_used(
    environment: KeyringDaemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(environment.folder))  # its socket is called `bus`, as a session's is
    with contextlib.closing(connect()) as bus:
        assert read_alias(bus) == environment.collection
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(NoBusError):
        connect()


@pytest.mark.skipif(os.geteuid() != 0, reason="giving a file away needs root")
def test_a_socket_of_another_user_is_not_used(
    environment: KeyringDaemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(environment.folder))
    shutil.chown(environment.folder / "bus", 65534)
    with pytest.raises(NoBusError):
        connect()
    (tmp_path / "bus").write_text("no socket")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    with pytest.raises(NoBusError):
        connect()


@pytest.mark.parametrize("address", ["unix:path=/nowhere/bus", "nonsense", "tcp:host=127.0.0.1"])
def test_an_address_that_leads_nowhere_is_no_bus(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    with pytest.raises(NoBusError):
        connect()


# --- calls ---


def test_replies_to_many_calls_come_in_their_order_and_a_gap_for_what_is_gone(bus: Bus) -> None:
    read_alias(bus)  # from now on the program is called by its own address
    paths = ["/org/freedesktop/secrets/collection/login", "/org/freedesktop/secrets/collection/nothing"] * 120
    before = bus.round_trips
    bodies = bus.call_all([(path, PROPERTIES, "Get", "ss", (COLLECTION, "Label")) for path in paths])
    assert [body is None for body in bodies] == [False, True] * 120
    assert bus.round_trips - before == 3, "a bus lets 128 calls wait"


def test_an_error_reply_is_what_its_name_means(bus: Bus) -> None:
    with pytest.raises(RefusedError) as caught:
        bus.call(PATH, SERVICE, "OpenSession", "sv", ("no such algorithm", ("s", "")))
    assert "." in caught.value.message
    with pytest.raises(ObjectGoneError):
        bus.call(f"{PATH}/collection/nothing", PROPERTIES, "Get", "ss", (COLLECTION, "Label"))


def test_owners_are_told_without_starting_anybody(bus: Bus) -> None:
    owner, nobody, itself = bus.owners_of([NAME, "org.example.Nobody", "org.freedesktop.DBus"])
    assert str(owner).startswith(":1.")
    assert (nobody, itself) == (None, "org.freedesktop.DBus")


def test_a_late_answer_ends_the_call_at_its_deadline(bus: Bus, environment: KeyringDaemon) -> None:
    read_alias(bus)
    environment.freeze()
    try:
        bus.allow(0.2)
        with pytest.raises(LateError, match=r"^0\.2$"):
            read_alias(bus)
        with pytest.raises(LateError):
            bus.call_all([(PATH, SERVICE, "ReadAlias", "s", ("default",))] * 3)
    finally:
        environment.thaw()
    bus.allow(5.0)
    assert read_alias(bus) == environment.collection, "answers that came late are not taken for this one"


def test_a_program_that_took_over_the_name_is_not_talked_to(bus: Bus, environment: KeyringDaemon) -> None:
    read_alias(bus)
    environment.restart_daemon()
    with pytest.raises(RefusedError, match=DISCONNECTED):
        read_alias(bus)


def test_a_bus_that_went_away_is_a_broken_connection(bus: Bus, environment: KeyringDaemon) -> None:
    read_alias(bus)
    environment.stop_bus()
    with pytest.raises(RefusedError, match=DISCONNECTED):
        read_alias(bus)
    with pytest.raises(RefusedError, match=DISCONNECTED):
        bus.wait(lambda: False, 5.0)


def test_a_closed_connection_is_a_broken_one(environment: KeyringDaemon) -> None:
    bus = connect()
    bus.close()
    with pytest.raises(RefusedError, match=DISCONNECTED):
        read_alias(bus)


# --- signals ---


def add_item(bus: Bus, name: str) -> str:
    session = bus.call(PATH, SERVICE, "OpenSession", "sv", ("plain", ("s", "")))[1]
    properties = {f"{ITEM}.Label": ("s", name), f"{ITEM}.Attributes": ("a{ss}", {"test": name})}
    secret = (session, b"", b"value", "text/plain")
    arguments = (properties, secret, False)
    path, _ = bus.call(f"{PATH}/aliases/default", COLLECTION, "CreateItem", "a{sv}(oayays)b", arguments)
    return str(path)


def test_signals_are_handed_over_when_messages_are_read(bus: Bus) -> None:
    created: list[str] = []
    bus.listen(COLLECTION, {"ItemCreated": created.extend})
    with contextlib.closing(connect()) as other:
        path = add_item(other, "one")
    assert bus.wait(lambda: bool(created), 5.0)
    assert created == [path]
    with contextlib.closing(connect()) as other:
        other.call(path, ITEM, "Delete", None, ())
    bus.drain()
    assert not bus.wait(lambda: len(created) > 1, 0.05)


def test_signals_of_one_object_are_handed_over_within_the_block(bus: Bus) -> None:
    everything: list[object] = []
    here: list[object] = []
    bus.listen(COLLECTION, {"ItemCreated": everything.append})
    with contextlib.closing(connect()) as other:
        with (
            bus.handling(COLLECTION, "ItemCreated", f"{PATH}/collection/login", here.append),
            bus.handling(COLLECTION, "ItemCreated", f"{PATH}/collection/nothing", everything.append),
        ):
            add_item(other, "one")
            assert bus.wait(lambda: bool(here), 5.0)
        add_item(other, "two")
        assert bus.wait(lambda: bool(everything), 5.0)
    assert (len(here), len(everything)) == (1, 1)


def test_more_objects_can_be_listened_to_than_a_bus_has_rules_for(bus: Bus) -> None:
    heard: list[object] = []
    bus.listen(COLLECTION)
    for number in range(600):  # a rule for each would be refused from the 513th on
        with bus.handling(COLLECTION, "ItemCreated", f"{PATH}/collection/{number}", heard.append):
            pass
    with bus.handling(COLLECTION, "ItemCreated", f"{PATH}/collection/login", heard.append):
        with contextlib.closing(connect()) as other:
            add_item(other, "one")
        assert bus.wait(lambda: bool(heard), 5.0)
