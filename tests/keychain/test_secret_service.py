"""The Secret Service by our own calls: what the suite for all providers does not ask."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pondpilot_secrets.errors import KeychainUnavailableError
from pondpilot_secrets.keychain.bus import Bus
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain

pytestmark = pytest.mark.usefixtures("keychain_environment")


@pytest.fixture
def keychain() -> Iterator[SecretServiceKeychain]:
    keychain = SecretServiceKeychain()
    yield keychain
    for account in keychain.list_accounts():
        keychain.delete(account)
    keychain.close()


def test_more_items_than_a_bus_answers_at_once(keychain: SecretServiceKeychain) -> None:
    items = {f"s3:{number:03}": b"value %d" % number for number in range(150)}
    keychain.set_many(items)
    keychain.close()  # forgets where they are
    assert keychain.get_many(list(items)) == items
    assert set(keychain.list_accounts()) >= set(items)


def test_a_read_after_the_first_is_one_round_trip(
    keychain: SecretServiceKeychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    keychain.set("s3:1", b"value")
    keychain.get("s3:1")
    calls: list[int] = []
    real = Bus._exchange

    def counted(bus: Bus, messages: list[object], more: int = 0) -> object:
        calls.append(len(messages))
        return real(bus, messages, more)

    monkeypatch.setattr(Bus, "_exchange", counted)
    assert keychain.get("s3:1") == b"value"
    assert calls == [1]


def test_a_change_by_another_connection_is_seen_at_once(keychain: SecretServiceKeychain) -> None:
    other = SecretServiceKeychain()
    for number in range(20):
        value = b"%d" % number
        other.set("s3:1", value)
        assert keychain.get("s3:1") == value
        if number % 5 == 0:
            other.delete("s3:1")
            assert keychain.get_many(["s3:1"]) == {}
    other.close()


def test_a_refused_call_is_no_missing_item(keychain: SecretServiceKeychain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who takes a refusal for an absence would undo a save, or drop a secret."""
    keychain.set("s3:1", b"value")
    keychain.set("s3:2", b"value")
    keychain.close()

    def refused(bus: Bus, reply: object) -> None:
        raise KeychainUnavailableError("the keychain refused a call: LimitsExceeded")

    monkeypatch.setattr(Bus, "_body", refused)
    with pytest.raises(KeychainUnavailableError):
        keychain.get_many(["s3:1", "s3:2"])


def test_items_that_come_and_go_meanwhile_disturb_no_read(
    keychain: SecretServiceKeychain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before each exchange of the reader something else changes, so that all that is remembered is forgotten."""
    keychain.set_many({"s3:1": b"one", "s3:2": b"two"})
    other, real, quiet = SecretServiceKeychain(), Bus._exchange, False

    def disturbed(bus: Bus, messages: list[object], more: int = 0) -> object:
        nonlocal quiet
        if not quiet:
            quiet = True
            other.set("s3:other", b"x")
            other.delete("s3:other")
            other.set("s3:1", b"one")
            quiet = False
        return real(bus, messages, more)

    monkeypatch.setattr(Bus, "_exchange", disturbed)
    for wanted in (["s3:1"], ["s3:1", "s3:2"], ["s3:2", "s3:nobody"]):
        keychain.close()
        for _ in range(3):
            found = keychain.get_many(wanted)
            assert found == {name: value for name, value in (("s3:1", b"one"), ("s3:2", b"two")) if name in wanted}
    monkeypatch.undo()
    other.close()
