"""What a text may stand for, and where in it each byte comes from."""

from __future__ import annotations

import base64
import binascii
import html
import json
import quopri
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pondpilot_secrets.redaction.encodings import Decoding, alphanumeric, decodings_of

VALUE = b"p@ss 'w\"ord\\ +\xc3\xa9"
TEXT = VALUE.decode()
ENCODED = {
    "plain": TEXT,
    "percent": urllib.parse.quote(TEXT, safe=""),
    "form": urllib.parse.quote_plus(TEXT),
    "percent twice": urllib.parse.quote(urllib.parse.quote(TEXT, safe="")),
    "json": json.dumps(TEXT)[1:-1],
    "octal": "".join(f"\\{byte:03o}" for byte in VALUE),
    "html": html.escape(TEXT),
    "decimal entities": "".join(f"&#{ord(letter)};" for letter in TEXT),
    "sql": TEXT.replace("'", "''"),
    "base64": base64.b64encode(VALUE).decode(),
    "base64, second alignment": base64.b64encode(b"x" + VALUE).decode(),
    "base64 in base64": base64.b64encode(base64.b64encode(VALUE)).decode(),
    "base64 over two lines": base64.b64encode(VALUE).decode()[:10] + "\n" + base64.b64encode(VALUE).decode()[10:],
    "hex": binascii.hexlify(VALUE).decode(),
    "hex, upper case": binascii.hexlify(VALUE).decode().upper(),
    "quoted-printable": quopri.encodestring(VALUE, quotetabs=True).decode(),
    "wide, with NULs": "".join(f"{letter}\0" for letter in TEXT),
}


@pytest.mark.parametrize("kind", ENCODED)
def test_a_value_is_decoded_and_its_place_is_known(kind: str) -> None:
    text = f"before >{ENCODED[kind]}< after"
    found = [(each, at) for each in decodings_of(text) if (at := each.data.find(VALUE)) >= 0]
    assert found
    for decoding, at in found:
        starts, ends = decoding.starts[at : at + len(VALUE)], decoding.ends[at : at + len(VALUE)]
        assert min(starts) >= len("before >")
        assert max(ends) <= len(text) - len("< after")


def test_a_text_is_read_backwards_too() -> None:
    (found,) = (each for each in decodings_of("before >drow-terces<") if b"secret-word" in each.data)
    at = found.data.find(b"secret-word")
    assert (found.starts[at], found.ends[at + 10]) == (18, 9)


def consistent(decoding: Decoding, text: str) -> bool:
    return len(decoding.data) == len(decoding.starts) == len(decoding.ends) and all(
        0 <= start < end <= len(text) for start, end in zip(decoding.starts, decoding.ends, strict=True)
    )


@given(st.text(max_size=80))
def test_every_byte_comes_from_a_place_of_the_text(text: str) -> None:
    assert all(consistent(decoding, text) for decoding in decodings_of(text))
    assert all(consistent(alphanumeric(decoding), text) for decoding in decodings_of(text))


def test_case_and_marks_are_dropped_for_a_comparison_and_places_are_kept() -> None:
    (plain, *_) = decodings_of("A-b c")
    bare = alphanumeric(plain)
    assert (bare.data, bare.starts) == (b"abc", [0, 2, 4])


@pytest.mark.timeout(30)
@pytest.mark.parametrize("filler", ["%", "%41", "\\", "&#x41;", "&", "A", "=", "'", "0", "\\u00e9"])
def test_long_texts_are_decoded_in_linear_time(filler: str) -> None:
    """A pattern that backtracks would take minutes, and the time limit end it."""
    text = filler * (6_000 // len(filler))
    assert next(iter(decodings_of(text))).data == text.encode()
    assert sum(1 for _ in decodings_of(text)) > 1
