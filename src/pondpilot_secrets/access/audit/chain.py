"""The audit log's chain: what is authenticated, byte for byte, as `docs/formats/audit.md` specifies it.

The MAC of each row covers the MAC of the row before, so that no row can be changed, dropped, added or moved without the
key; the MAC of the anchor covers the chain's two ends, so that cutting off its tail shows as well.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Value: TypeAlias = int | str | None

MAC_SIZE = 32
START = bytes(MAC_SIZE)
"""Stands for the MAC before the first row of a chain."""

_ROW, _ANCHOR = b"pondpilot-secrets audit row v1\n", b"pondpilot-secrets audit anchor v1\n"


def row_mac(key: memoryview | bytes, previous: bytes, values: Sequence[Value]) -> bytes:
    """Return the MAC of a row: HMAC-SHA256 over a label, the MAC before it, and its values in column order.

    Raises `ValueError` for a value that no row holds.
    """
    return _hmac(key, b"".join([_ROW, previous, *map(_encoded, values)]))


def anchor_mac(key: memoryview | bytes, first_seq: int, last_seq: int, mac: bytes) -> bytes:
    """Return the MAC of an anchor: HMAC-SHA256 over a label, the first and last number, and the last row's MAC."""
    return _hmac(key, b"".join([_ANCHOR, _encoded(first_seq), _encoded(last_seq), mac]))


def equal(one: bytes, other: object) -> bool:
    """Whether two MACs are the same, in time that tells nothing; `other` comes from a file and may be anything."""
    return isinstance(other, bytes) and hmac.compare_digest(one, other)


def _hmac(key: memoryview | bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _encoded(value: Value) -> bytes:
    """One value, so that no two rows are alike: a letter for its kind, its length where that varies, its bytes."""
    if value is None:
        return b"N"
    if type(value) is str:
        text = value.encode()
        return b"T" + len(text).to_bytes(4, "big") + text
    if type(value) is int and -(2**63) <= value < 2**63:
        return b"I" + value.to_bytes(8, "big", signed=True)
    raise ValueError(f"a {type(value).__name__} is not part of the audit format")
