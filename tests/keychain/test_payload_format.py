"""A keychain item is what `docs/formats/payload.md` says, byte for byte."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

import pytest

from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError
from pondpilot_secrets.keychain import payload, split_items
from pondpilot_secrets.keychain.base import SERVICE, Payload
from pondpilot_secrets.secure import SecureString
from tests.keychain.format_page import payload_of_the_vector, text, vector

VECTOR = vector("payload.md")
ACCOUNT = VECTOR["account"]
ITEM, PARTS = VECTOR["item"].encode(), 4
FIELDS = {"key_id": VECTOR["key_id"], "secret": 'zoë"\\/\n🔑'}


def read_as_the_page_says(account: str, item: bytes) -> tuple[int, dict[str, str]]:
    """A reader that was written from the page alone."""
    fields: dict[str, str] = json.loads(item)
    assert all(isinstance(value, str) for value in fields.values())
    revision, check = fields.pop("$revision"), fields.pop("$check")
    assert check == check_as_the_page_says(account, revision, fields)
    return int(revision), fields


def check_as_the_page_says(account: str, revision: str, fields: dict[str, str]) -> str:
    message = account.encode() + b"\0" + revision.encode()
    for name, value in sorted(fields.items()):
        message += b"\0" + name.encode() + b"\0" + str(len(value.encode())).encode() + b"\0" + value.encode()
    return hashlib.sha256(message).digest()[:16].hex()


def secure(fields: dict[str, str]) -> dict[str, SecureString]:
    return {name: SecureString(value) for name, value in fields.items()}


def test_vector_of_the_page_is_what_we_write() -> None:
    assert payload.encode(ACCOUNT, int(VECTOR["revision"]), secure(FIELDS)) == payload_of_the_vector()
    assert VECTOR["secret"] == 'zoë"\\/`, a line feed, `🔑'
    assert "The payload, 124 bytes:" in text("payload.md")
    assert len(payload_of_the_vector()) == 124


def test_vector_of_the_page_is_what_we_read() -> None:
    revision, fields, _ = payload.decode(ACCOUNT, payload_of_the_vector())
    assert (revision, {name: value.expose() for name, value in fields.items()}) == (3, FIELDS)


def test_reader_written_from_the_page_reads_the_vector_and_what_we_write() -> None:
    assert read_as_the_page_says(ACCOUNT, payload_of_the_vector()) == (3, FIELDS)
    assert check_as_the_page_says(ACCOUNT, "3", FIELDS) == VECTOR["check"]
    hard = {"b": "", "a": "x" * 10_000, "z_1": "\0\x1f\x7f\u2028שלום\\u0041"}
    assert read_as_the_page_says("http:x", bytes(payload.encode("http:x", 10**9, secure(hard)))) == (10**9, hard)


def test_what_a_writer_makes_from_the_page_alone_is_read_in_any_spelling() -> None:
    item = {"$check": check_as_the_page_says(ACCOUNT, "7", FIELDS), "$revision": "7", **FIELDS}
    for written in (
        json.dumps(item),
        json.dumps(item, indent=3, ensure_ascii=False),
        json.dumps(item).replace("/", "\\/"),
    ):
        revision, fields, _ = payload.decode(ACCOUNT, written.encode())
        assert (revision, {name: value.expose() for name, value in fields.items()}) == (7, FIELDS)


def test_an_item_with_a_name_that_is_there_twice_is_refused() -> None:
    twice = payload_of_the_vector().replace(b'{"key_id"', b'{"key_id":"another","key_id"')
    with pytest.raises(CredentialCorruptError):
        payload.decode(ACCOUNT, twice)


def test_the_page_names_the_service() -> None:
    assert f"`{SERVICE}`" in text("payload.md")


class Items:
    """Items of limited size, and what was done to them in order."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.done: list[tuple[str, str]] = []

    def read(self, account: str) -> bytearray:
        if account not in self.held:
            raise CredentialMissingError(account)
        return bytearray(self.held[account])

    def write(self, account: str, payload: Payload) -> None:
        self.held[account] = bytes(payload)
        self.done.append(("write", account))

    def remove(self, account: str) -> None:
        self.held.pop(account, None)
        self.done.append(("remove", account))


def header_of_the_page() -> str:
    found = re.search(r"^pondpilot-split-v1:[0-9a-f]{16}:.*$", text("payload.md"), re.MULTILINE)
    assert found is not None
    return found[0]


def test_parts_are_split_and_named_as_the_page_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split_items.os, "urandom", lambda length: bytes.fromhex("0123456789abcdef")[:length])
    items, item = Items(), ITEM
    split_items.write(items, ACCOUNT, item, 50)
    parts = {f"{ACCOUNT}#0123456789abcdef.{number}": item[50 * number : 50 * number + 50] for number in range(PARTS)}
    assert items.held == {ACCOUNT: header_of_the_page().encode(), **parts}


def test_reader_written_from_the_page_joins_parts() -> None:
    items, item = Items(), ITEM * 5
    split_items.write(items, ACCOUNT, item, 99)
    label, generation, count, length, digest = items.held[ACCOUNT].decode("ascii").split(":")
    joined = b"".join(items.held[f"{ACCOUNT}#{generation}.{number}"] for number in range(int(count)))
    assert label == "pondpilot-split-v1"
    assert (joined, len(joined), hashlib.sha256(joined).hexdigest()) == (item, int(length), digest)


def test_parts_that_were_written_from_the_page_are_joined() -> None:
    items, item = Items(), ITEM
    items.held[ACCOUNT] = header_of_the_page().encode()
    for number in range(PARTS):
        items.held[f"{ACCOUNT}#0123456789abcdef.{number}"] = item[50 * number : 50 * number + 50]
    assert split_items.read(items, ACCOUNT) == item


def test_the_header_is_written_after_its_parts_and_before_older_ones_go() -> None:
    items = Items()
    split_items.write(items, ACCOUNT, b"o" * 100, 60)
    items.done.clear()
    split_items.write(items, ACCOUNT, b"n" * 100, 60)
    kinds: list[Any] = [(what, account == ACCOUNT) for what, account in items.done]
    assert kinds == [("write", False), ("write", False), ("write", True), ("remove", False), ("remove", False)]
    assert len(items.held) == 3
