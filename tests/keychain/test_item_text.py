"""What is written into an item is ASCII without braces, gives back every byte, and says whose it is."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.keychain import item_text
from tests.keychain.format_page import payload_of_the_vector, text, vector

ACCOUNT = "s3:550e8400-e29b-41d4-a716-446655440000"


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_every_payload_comes_back_exactly_as_ascii_without_braces(payload: bytes, account: str) -> None:
    written = item_text.encode(account, payload)
    assert written.isascii()
    assert not set(b"{}\0\r\n ") & set(written)
    assert item_text.is_for(account, written)
    assert item_text.decode(account, written) == payload


def test_a_long_payload_comes_back_exactly() -> None:
    payload = bytes(range(256)) * 4_000
    assert item_text.decode(ACCOUNT, item_text.encode(ACCOUNT, payload)) == payload


def test_a_text_is_wiped_once_it_is_decoded() -> None:
    written = item_text.encode(ACCOUNT, b"marker-value")
    item_text.decode(ACCOUNT, written)
    assert written == bytes(len(written))


def test_a_text_of_another_account_is_not_this_ones_and_comes_as_it_is() -> None:
    written = item_text.encode("s3:another", b"value")
    before = bytes(written)
    assert not item_text.is_for(ACCOUNT, written)
    assert item_text.decode(ACCOUNT, written) == before


@pytest.mark.parametrize("foreign", [
    b"", b"theirs", b'{"secret":"x"}', b"pondpilot-v1:", b"pondpilot-v1:00000000:", b"pondpilot-v2:00000000:eA==",
    bytes(range(256)),
])  # fmt: skip
def test_what_somebody_else_wrote_comes_as_it_is(foreign: bytes) -> None:
    assert not item_text.is_for(ACCOUNT, foreign)
    assert item_text.decode(ACCOUNT, bytearray(foreign)) == foreign


@pytest.mark.parametrize("change", [
    lambda written: written[:-1], lambda written: written[:-3], lambda written: written + b"=",
    lambda written: written + b"\n", lambda written: written.replace(b"=", b""),
])  # fmt: skip
def test_a_text_that_was_cut_or_lengthened_is_never_another_payload(change) -> None:
    written = change(bytes(item_text.encode(ACCOUNT, b"marker-value!")))
    assert item_text.decode(ACCOUNT, bytearray(written)) == written


def test_the_text_is_that_of_the_page() -> None:
    vectors, payload = vector("payload.md"), payload_of_the_vector()
    account = vectors["account"]
    assert vectors["item"] == item_text.encode(account, payload).decode()
    tag = hashlib.sha256(account.encode()).hexdigest()[:8]  # a writer that was written from the page alone
    assert vectors["item"] == f"pondpilot-v1:{tag}:{base64.b64encode(payload).decode()}"
    assert "`pondpilot-v1:TAG:BASE64`" in text("payload.md")
