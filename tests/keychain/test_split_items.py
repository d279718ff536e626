"""Payloads in parts: beside a writer, after a failure and after a crash. What the parts hold: `test_payload_format`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError, KeychainUnavailableError
from pondpilot_secrets.keychain import split_items
from pondpilot_secrets.keychain.base import Payload

ACCOUNT, LIMIT = "s3:1", 60
OLD, NEW = b"o" * 200, b"n" * 300


class Items:
    """Items of limited size; `before` is called with each step, and may fail or do something of its own."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.before: Callable[[str, str], None] = lambda _what, _account: None

    def read(self, account: str) -> bytearray:
        self.before("read", account)
        if account not in self.held:
            raise CredentialMissingError(account)
        return bytearray(self.held[account])

    def write(self, account: str, payload: Payload) -> None:
        self.before("write", account)
        self.held[account] = bytes(payload)

    def remove(self, account: str) -> None:
        self.before("remove", account)
        self.held.pop(account, None)


@pytest.fixture
def items() -> Items:
    items = Items()
    split_items.write(items, ACCOUNT, OLD, LIMIT)
    return items


def after(steps: int, then: Callable[[], None]) -> Callable[[str, str], None]:
    """Do something once, before the step of that number."""
    seen: list[str] = []

    def step(_what: str, account: str) -> None:
        seen.append(account)
        if len(seen) == steps + 1:
            then()

    return step


@pytest.mark.parametrize("steps", range(5))
@pytest.mark.parametrize("new", [NEW, b"short"], ids=["in parts", "whole"])
def test_a_reader_beside_a_writer_gets_the_old_payload_or_the_new_one(items: Items, steps: int, new: bytes) -> None:
    def write() -> None:
        items.before = lambda _what, _account: None
        split_items.write(items, ACCOUNT, new, LIMIT)

    items.before = after(steps, write)
    assert split_items.read(items, ACCOUNT) in (OLD, new)


def test_a_payload_with_a_part_gone_is_torn(items: Items) -> None:
    del items.held[next(account for account in items.held if split_items.is_part(account))]
    with pytest.raises(CredentialCorruptError, match="torn"):
        split_items.read(items, ACCOUNT)


def fail() -> None:
    raise KeychainUnavailableError("the keychain went away")


@pytest.mark.parametrize("steps", range(1, 7))
def test_a_write_that_fails_leaves_the_old_payload_and_nothing_else(items: Items, steps: int) -> None:
    held = dict(items.held)
    items.before = after(steps, fail)
    with pytest.raises(KeychainUnavailableError):
        split_items.write(items, ACCOUNT, NEW, LIMIT)
    assert items.held == held


@pytest.mark.parametrize("steps", range(6))
def test_a_removal_that_died_is_finished_by_the_next_one(items: Items, steps: int) -> None:
    items.before = after(steps, fail)
    with pytest.raises(KeychainUnavailableError):
        split_items.remove(items, ACCOUNT)
    items.before = lambda _what, _account: None
    split_items.remove(items, ACCOUNT)
    assert items.held == {}
