"""Erasing objects in place, immutable ones too.

Keychain libraries return `bytes`, and DuckDB's binding takes `str`: copies that Python would leave in freed memory. Where
CPython's layout is the one we know, their characters are overwritten before they are freed. Only ever wipe an object that
this program made and that nobody else holds.
"""

from __future__ import annotations

import functools
import sys

_BYTES_HEADER = bytes.__basicsize__ - 1
_POINTER = 8
# CPython 3.12 dropped the wide-character pointer and its length from the str header.
_ASCII_HEADER = 48 if sys.version_info < (3, 12) else 40
_UTF8_LENGTH_OFFSET = _ASCII_HEADER
_UTF8_POINTER_OFFSET = _ASCII_HEADER + _POINTER
_COMPACT_HEADER = _ASCII_HEADER + (3 if sys.version_info < (3, 12) else 2) * _POINTER
_STATE_OFFSET = 4 * _POINTER
_INTERNED_BITS = 0b11


def wipe(value: object) -> bool:
    """Overwrite the characters of a bytes, bytearray, memoryview or str with zeros.

    Returns whether anything could be overwritten: empty and one-character objects are shared by the interpreter, interned
    strings by the program, and unknown interpreters have unknown layouts; those are left alone.
    """
    if isinstance(value, bytearray):
        value[:] = bytes(len(value))
        return True
    if isinstance(value, memoryview):
        value[:] = bytes(len(value))
        return True
    if not isinstance(value, (bytes, str)) or len(value) < 2 or not _layouts_are_known():
        return False
    return _wipe_bytes(value) if isinstance(value, bytes) else _wipe_text(value)


def _wipe_bytes(value: bytes) -> bool:
    import ctypes

    ctypes.memset(id(value) + _BYTES_HEADER, 0, len(value))
    return True


def _wipe_text(value: str) -> bool:
    import ctypes

    address = id(value)
    if ctypes.c_uint32.from_address(address + _STATE_OFFSET).value & _INTERNED_BITS:
        return False
    if value.isascii():
        ctypes.memset(address + _ASCII_HEADER, 0, len(value))
        return True
    # A non-ASCII str may hold a second copy of itself as UTF-8, made when a library asked for it.
    copy = ctypes.c_void_p.from_address(address + _UTF8_POINTER_OFFSET).value
    if copy:
        ctypes.memset(copy, 0, ctypes.c_ssize_t.from_address(address + _UTF8_LENGTH_OFFSET).value)
    widest = max(value)
    width = 1 if widest < "\u0100" else 2 if widest < "\U00010000" else 4
    ctypes.memset(address + _COMPACT_HEADER, 0, len(value) * width)
    return True


@functools.cache
def _layouts_are_known() -> bool:
    """Compare the layouts above with objects of known content, once, before anything is overwritten."""
    if sys.implementation.name != "cpython" or sys.maxsize < 2**32:
        return False
    import ctypes

    def at(value: object, header: int, length: int) -> bytes:
        return ctypes.string_at(id(value) + header, length)

    plain, wide = b"layout %d" % id(object()), f"\u4e2d{id(object())}"
    ascii_text = plain.decode()
    order = "utf-16-le" if sys.byteorder == "little" else "utf-16-be"
    return (
        at(plain, _BYTES_HEADER, len(plain)) == plain
        and at(ascii_text, _ASCII_HEADER, len(ascii_text)) == plain
        and at(wide, _COMPACT_HEADER, 2 * len(wide)) == wide.encode(order)
    )
