from __future__ import annotations

import copy
import gc
import json
import logging
import mmap
import os
import pickle
import re
import subprocess
import sys

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError, WipedError
from pondpilot_secrets.secure import REDACTED, SecureString

HARD_VALUES = [
    "",
    "a",
    "it's",
    'say "no"',
    "back\\slash",
    "line\nbreak",
    "nul\0inside",
    "$1 ? -- ;",
    "x" * 100_000,
    "🔑",
    "שלום",
]


@pytest.mark.parametrize("value", HARD_VALUES, ids=range(len(HARD_VALUES)))
def test_gives_back_exactly_what_went_in(value: str) -> None:
    with SecureString(value) as secure:
        assert secure.expose() == value
        assert len(secure) == len(value.encode())
        with secure.exposed() as view:
            assert bytes(view) == value.encode()


@pytest.mark.parametrize(
    "show",
    [repr, str, format, "{}".format, "%s".__mod__, lambda s: json.dumps({"k": s}, default=str), lambda s: f"{s:>6}"],
)
def test_shows_itself_to_nobody(show) -> None:
    shown = show(SecureString("marker-value"))
    assert "marker" not in shown
    assert REDACTED in (shown if "\\u" not in shown else json.loads(shown)["k"])


def test_logging_shows_the_mask(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("test").warning("value %s %r", SecureString("marker-value"), [SecureString("marker-value")])
    assert "marker-value" not in caplog.text
    assert REDACTED in caplog.text


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copying_and_pickling_give_the_mask(copier) -> None:
    assert copier(SecureString("marker-value")) == REDACTED


def test_cannot_be_iterated_or_hashed() -> None:
    secure = SecureString("marker")
    with pytest.raises(TypeError):
        list(secure)
    with pytest.raises(TypeError):
        hash(secure)


def test_a_closed_value_is_gone_and_says_so() -> None:
    secure = SecureString("marker")
    secure.close()
    secure.close()
    assert secure.closed
    for use in (secure.expose, secure.__len__, secure.__bool__, secure.exposed):
        with pytest.raises(WipedError) as caught:
            use()
        assert caught.value.code == 1023


def test_closing_zeroes_the_memory_it_lay_in() -> None:
    secure = SecureString("marker-value")
    slot = secure._slot
    assert slot is not None
    home = slot._home
    assert bytes(home[:12]) == b"marker-value"
    secure.close()
    assert not any(home)


def test_a_collected_value_zeroes_the_memory_it_lay_in() -> None:
    secure = SecureString("marker-value")
    assert secure._slot is not None
    home = secure._slot._home
    del secure
    gc.collect()
    assert not any(home)


class Pages:
    """Stands in for a value's own pages, and remembers what was in them when they went."""

    def __init__(self, pages: mmap.mmap) -> None:
        self._pages = pages
        self.last: bytes | None = None

    def close(self) -> None:
        self.last = self._pages[:]
        self._pages.close()


def test_a_large_value_is_zeroed_before_its_pages_go() -> None:
    secure = SecureString("m" * 50_000)
    slot = secure._slot
    assert slot is not None
    assert slot._pages is not None
    slot._pages = pages = Pages(slot._pages)  # type: ignore[assignment]
    secure.close()
    assert pages.last is not None
    assert not any(pages.last)
    with pytest.raises(WipedError):
        secure.expose()


@pytest.mark.parametrize("length", [12, 50_000])
def test_a_view_ends_with_its_value(length: int) -> None:
    secure = SecureString("m" * length)
    kept = secure.exposed()
    secure.close()
    other = SecureString("o" * length)
    with pytest.raises(ValueError, match="released"):
        bytes(kept)
    other.close()


@pytest.mark.parametrize("length", [12, 50_000])
def test_a_value_that_a_library_works_on_is_zeroed_and_its_memory_not_used_again(length: int) -> None:
    secure = SecureString("m" * length)
    with secure.exposed() as view:
        working = re.compile(b"x").finditer(view)  # holds the view, as a call in another thread would
        secure.close()
        other = SecureString("o" * length)
        assert not any(view)
        del working
    assert secure.closed
    other.close()


def test_many_views_of_one_value_do_not_pile_up() -> None:
    secure = SecureString("marker")
    for _ in range(1_000):
        with secure.exposed() as view:
            assert len(view) == 6
    assert secure._slot is not None
    assert len(secure._slot._views) < 100
    secure.close()


def test_a_released_slot_is_used_again_without_its_old_content() -> None:
    first = SecureString("marker-value-one")
    first.close()
    second = SecureString("x")
    assert second._slot is not None
    assert b"marker" not in bytes(second._slot._home)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only Unix forks")
@pytest.mark.parametrize("length", [12, 50_000])
def test_what_a_forked_child_wipes_its_parent_keeps(length: int) -> None:
    code = f"""
import os
from pondpilot_secrets.secure import SecureString
secret = SecureString("m" * {length})
child = os.fork()
if not child:
    secret.close()
    os._exit(0)
os.waitpid(child, 0)
print(secret.expose() == "m" * {length})
"""
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert child.stdout == "True\n"


def test_the_view_ends_with_its_block() -> None:
    secure = SecureString("marker")
    with secure.exposed() as view:
        kept = view
    with pytest.raises(ValueError, match="released"):
        bytes(kept)


def test_the_view_is_read_only() -> None:
    with SecureString("marker") as secure, secure.exposed() as view, pytest.raises(TypeError):
        view[0] = 0


def test_exposed_text_is_wiped_after_its_block() -> None:
    with SecureString("marker-value") as secure:
        with secure.exposed_text() as text:
            assert text == "marker-value"
        assert "marker" not in text


def test_take_wipes_where_the_value_came_from() -> None:
    source = bytearray(b"marker-value")
    assert SecureString.take(source).expose() == "marker-value"
    assert not any(source)


def test_join_makes_one_value_of_several() -> None:
    assert SecureString.join([b"Bearer ", SecureString("t"), b"!"]).expose() == "Bearer t!"


def test_equal_values_are_equal_and_texts_are_not() -> None:
    assert SecureString("a") == SecureString("a")
    assert SecureString("a") != SecureString("b")
    assert SecureString("a") != "a"


def test_a_lone_surrogate_is_refused_without_being_quoted() -> None:
    with pytest.raises(InvalidCredentialsError) as caught:
        SecureString("marker\ud800")
    assert caught.value.code == 1003
    assert "marker" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork on Windows")
def test_a_forked_child_that_wipes_and_makes_values_leaves_its_parents_alone() -> None:
    short, long = SecureString("short value"), SecureString("long value" * 5_000)
    child = os.fork()
    if child == 0:
        try:
            short.close()
            long.close()
            _ = [SecureString("child's own") for _ in range(5_000)]
        finally:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert (short.expose(), long.expose()) == ("short value", "long value" * 5_000)
