from __future__ import annotations

import base64
import html
import json
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.redaction.redact import LONGEST_TEXT, WITHHELD, redact
from pondpilot_secrets.secure import REDACTED, SecureString

VALUE = "p@ss w\"o'rd\\x/+é😀\n1?%"
ENCODED = {
    "plain": VALUE,
    "url": urllib.parse.quote(VALUE),
    "url, all": urllib.parse.quote(VALUE, safe=""),
    "url, lower case": urllib.parse.quote(VALUE, safe="").lower(),
    "form": urllib.parse.quote_plus(VALUE),
    "url twice": urllib.parse.quote(urllib.parse.quote(VALUE)),
    "base64": base64.b64encode(VALUE.encode()).decode(),
    "base64 for urls": base64.urlsafe_b64encode(VALUE.encode()).decode(),
    "base64 without padding": base64.b64encode(VALUE.encode()).decode().rstrip("="),
    "basic header": base64.b64encode(b"ana:" + VALUE.encode()).decode(),
    "basic header, other alignment": base64.b64encode(b"bo:" + VALUE.encode() + b"x").decode(),
    "basic header, third alignment": base64.b64encode(b"chloe:" + VALUE.encode()).decode(),
    "hex": VALUE.encode().hex(),
    "json": json.dumps(VALUE),
    "json, as it is": json.dumps(VALUE, ensure_ascii=False),
    "json in json": json.dumps(json.dumps(VALUE)),
    "sql": VALUE.replace("'", "''"),
    "sql identifier": VALUE.replace('"', '""'),
    "repr": repr(VALUE),
    "bytes": repr(VALUE.encode()),
    "html": html.escape(VALUE),
}


@pytest.mark.parametrize("kind", ENCODED)
def test_value_is_found_however_it_is_written(kind):
    redacted = redact(f"could not use >{ENCODED[kind]}< there", [SecureString(VALUE)])
    assert REDACTED in redacted
    assert redacted.replace(REDACTED, "").strip("'\"b\\") == redacted.replace(REDACTED, "")
    for piece in ("p@ss", "o'rd", "p%40", urllib.parse.quote(VALUE)[:6], ENCODED["base64"][4:12]):
        assert piece not in redacted
    assert redacted.startswith("could not use >")
    assert redacted.endswith("< there")


@pytest.mark.parametrize("text", ["begins abcdefgh1…", "… 1ijklmnop ends", "line 2: efgh1ijk, column 3"])
def test_piece_of_a_longer_value_is_found(text):
    assert REDACTED in redact(text, [SecureString("abcdefgh1ijklmnop")])


def test_short_value_is_masked_where_it_is_enclosed_and_leaves_words_alone():
    text = "password=a user 'a' at a place: a! http://u:a@host"
    assert (
        redact(text, [SecureString("a")])
        == f"password={REDACTED} user '{REDACTED}' at a place: a! http://u:{REDACTED}@host"
    )


def test_common_words_of_errors_stay_although_a_password_holds_them():
    text = 'password authentication failed for user "x"'
    assert redact(text, [SecureString("password123")]) == text


def test_endless_text_is_cut_and_redacted():
    redacted = redact("bad " + "x1y2" * 50_000 + " end", [SecureString("x1y2" * 50_000)])
    assert redacted == f"bad {REDACTED} end"
    assert len(redact("z" * 100_000, [SecureString("unrelated")])) <= LONGEST_TEXT + 2


def test_value_that_was_wiped_already_withholds_the_text():
    value = SecureString("secret")
    value.close()
    assert redact("about secret", [value]) == WITHHELD


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=3))
def test_redacting_never_raises_and_leaves_no_longer_value(text, values):
    values = [value for value in values if value.isprintable()]
    redacted = redact(text + "".join(values), [SecureString(value) for value in values])
    for value in values:
        if len(value) >= 4 and REDACTED[0] not in value:
            assert value not in redacted
