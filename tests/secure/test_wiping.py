from __future__ import annotations

import sys

import pytest

from pondpilot_secrets.secure import wipe


def fresh(text: str) -> str:
    """Make a string that nobody else holds."""
    return "".join(list(text))


@pytest.mark.parametrize("text", ["marker", "mörker", "Маркер", "🔑🔑 marker", "m\0arker"])
def test_every_width_of_text_is_overwritten(text: str) -> None:
    value = fresh(text)
    value.encode()
    assert wipe(value)
    assert set(value) == {"\0"}


def test_the_utf8_copy_inside_a_text_is_overwritten() -> None:
    import ctypes

    value = fresh("mörker-🔑")
    as_utf8 = ctypes.pythonapi.PyUnicode_AsUTF8AndSize
    as_utf8.restype, as_utf8.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_void_p]
    address = as_utf8(value, None)
    length = len(value.encode())
    assert ctypes.string_at(address, length) == value.encode()
    assert wipe(value)
    assert not any(ctypes.string_at(address, length))


def test_bytes_and_buffers_are_overwritten() -> None:
    for value in (bytes(list(b"marker")), bytearray(b"marker"), memoryview(bytearray(b"marker"))):
        assert wipe(value)
        assert not any(value)


def test_interned_and_shared_objects_are_left_alone() -> None:
    interned = sys.intern(fresh("marker-interned"))
    assert not wipe(interned)
    assert interned == "marker-interned"
    for shared in ("", "a", "é", b"", b"a"):
        assert not wipe(shared)
    assert chr(97) == "a"


def test_other_objects_are_left_alone() -> None:
    assert not wipe(12)
    assert not wipe(None)
