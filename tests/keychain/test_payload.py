from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.errors import CredentialCorruptError
from pondpilot_secrets.keychain import payload
from pondpilot_secrets.secure import SecureString

ACCOUNT = "s3:550e8400-e29b-41d4-a716-446655440000"
TEXT = st.text(st.characters(exclude_categories=("Cs",)))


def encoded(fields: dict[str, str], revision: int = 1, account: str = ACCOUNT) -> bytearray:
    return payload.encode(account, revision, {name: SecureString(value) for name, value in fields.items()})


def decoded(item: bytes | bytearray, account: str = ACCOUNT) -> tuple[int, dict[str, str]]:
    revision, fields, _ = payload.decode(account, item)
    return revision, {name: value.expose() for name, value in fields.items()}


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), TEXT), st.integers(1, 10**9))
def test_every_text_comes_back_exactly(fields: dict[str, str], revision: int) -> None:
    assert decoded(encoded(fields, revision)) == (revision, fields)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,12}", fullmatch=True), TEXT))
def test_the_item_is_the_json_object_of_the_design(fields: dict[str, str]) -> None:
    item = json.loads(bytes(encoded(fields)))
    assert {name: item[name] for name in fields} == fields


def test_hard_values_come_back_exactly() -> None:
    fields = {
        "quotes": 'it\'s "so"',
        "slashes": "\\" * 1001,
        "controls": "".join(map(chr, range(32))),
        "long": "x" * 100_000,
        "right_to_left": "\u202eשלום",
        "emoji": "🔑",
        "looks_escaped": "\\u0041\\n",
    }
    assert decoded(encoded(fields)) == (1, fields)


def test_an_item_written_by_another_json_library_is_read() -> None:
    fields = {"secret": 'é🔑\n"\\/', "region": "eu-west-1"}
    rewritten = json.dumps(json.loads(bytes(encoded(fields))), indent=2, ensure_ascii=True).encode()
    assert decoded(rewritten) == (1, fields)


@pytest.mark.parametrize("damage", [
    lambda item: b"",
    lambda item: b"{}",
    lambda item: b"hunter2",
    lambda item: item[: len(item) // 2],
    lambda item: item + b"x",
    lambda item: item.replace(b"marker", b"merker"),
    lambda item: item.replace(b'"$revision":"1"', b'"$revision":"2"'),
    lambda item: item.replace(b'"$revision":"1"', b'"$revision":"one"'),
    lambda item: b'{"a":"\\ud800","$revision":"1","$check":"0"}',
    lambda item: item.replace(b'marker', b'\\ud800\\u0041'),
    lambda item: b'{"a":"\\x"}',
    lambda item: b'{"a":"\\u12"}',
    lambda item: b'["a"]',
    lambda item: b"\xff\xfe",
    lambda item: item.replace(b'"secret"', b'"\xff\xfe"'),
    lambda item: item.replace(b'"$revision":"1"', b'"$revision":"\xff\xfe"'),
    lambda item: item.replace(b'"$revision":"1"', b'"$revision":"' + b"1" * 5_000 + b'"'),
])  # fmt: skip
def test_an_item_that_is_not_ours_is_refused_without_showing_it(damage) -> None:
    item = damage(bytes(encoded({"secret": "marker-value", "region": "eu"})))
    with pytest.raises(CredentialCorruptError) as caught:
        payload.decode(ACCOUNT, item)
    assert caught.value.code == 1017
    assert "marker" not in str(caught.value)


def test_an_item_put_under_another_account_is_refused() -> None:
    with pytest.raises(CredentialCorruptError):
        payload.decode("s3:another", encoded({"secret": "v"}))
