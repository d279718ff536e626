"""Payloads over a platform's limit, split over several items and joined again.

The item `account` holds either a whole payload or a header that names its parts: `account#GENERATION.NUMBER`. New parts are
written before the header and old ones removed after it, so a crash of a writer leaves the old payload or the new one, and at
worst parts that no header names. The header's digest tells a torn payload from a whole one.
"""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING, Protocol

from pondpilot_secrets import log
from pondpilot_secrets.errors import CredentialCorruptError, CredentialMissingError, SecretError
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from pondpilot_secrets.keychain.base import Payload

_HEADER = re.compile(rb"pondpilot-split-v1:([0-9a-f]{16}):([0-9]{1,4}):([0-9]{1,9}):([0-9a-f]{64})")
_PART = re.compile(r".*#[0-9a-f]{16}\.[0-9]+")


class RawItems(Protocol):
    """Items of limited size."""

    def read(self, account: str) -> bytearray:
        """Return an item, or raise `CredentialMissingError`."""
        ...

    def write(self, account: str, payload: Payload) -> None:
        """Write an item, replacing any."""
        ...

    def remove(self, account: str) -> None:
        """Remove an item, if it is there."""
        ...


def is_part(account: str) -> bool:
    """Whether an account names a part, which is nobody's payload."""
    return _PART.fullmatch(account) is not None


def read(items: RawItems, account: str) -> bytearray:
    """Return a whole payload; raises `CredentialCorruptError` when parts are missing or do not belong together."""
    first = items.read(account)
    while (header := _HEADER.fullmatch(first)) is not None:
        try:
            return _join(items, account, header)
        except CredentialCorruptError:
            now = items.read(account)  # a writer of another payload has removed the parts of this one
            if now == first:
                raise
            first = now
    return first


def _join(items: RawItems, account: str, header: re.Match[bytes]) -> bytearray:
    generation, count, length = header[1].decode(), int(header[2]), int(header[3])
    payload, position = bytearray(length), 0
    try:
        for number in range(count):
            part = items.read(f"{account}#{generation}.{number}")
            end = min(position + len(part), length)
            with memoryview(part) as view:
                payload[position:end] = view[: end - position]
            position += len(part)
            wipe(part)
    except CredentialMissingError:
        position = -1
    except BaseException:
        wipe(payload)
        raise
    if position != length or hashlib.sha256(payload).hexdigest().encode() != header[4]:
        wipe(payload)
        raise CredentialCorruptError(f"the keychain item {account} is torn: a part of it is missing or was changed")
    return payload


def write(items: RawItems, account: str, payload: Payload, limit: int) -> None:
    """Write a payload as one item where it fits in `limit` bytes, else as parts and then their header."""
    old = _old_header(items, account)
    with memoryview(payload) as view:
        if len(view) <= limit:
            items.write(account, view)
        else:
            generation = os.urandom(8).hex()
            parts = [view[start : start + limit] for start in range(0, len(view), limit)]
            try:
                for number, part in enumerate(parts):
                    items.write(f"{account}#{generation}.{number}", part)
                digest = hashlib.sha256(view).hexdigest()
                items.write(account, f"pondpilot-split-v1:{generation}:{len(parts)}:{len(view)}:{digest}".encode())
            except BaseException:
                _try_to_remove_parts(items, account, (generation, len(parts)))
                raise
    _remove_parts(items, account, old)


def _try_to_remove_parts(items: RawItems, account: str, header: tuple[str, int]) -> None:
    try:
        _remove_parts(items, account, header)
    except SecretError as error:
        log.info("keychain", "parts of %s stay behind, which nobody reads: error %d", account, error.code)


def remove(items: RawItems, account: str) -> None:
    """Remove a payload: its header last, by which a second removal after a crash finds the parts that are left."""
    _remove_parts(items, account, _old_header(items, account))
    items.remove(account)


def _old_header(items: RawItems, account: str) -> tuple[str, int] | None:
    try:
        first = items.read(account)
    except CredentialMissingError:
        return None
    header = _HEADER.fullmatch(first)
    found = None if header is None else (header[1].decode(), int(header[2]))
    del header
    wipe(first)
    return found


def _remove_parts(items: RawItems, account: str, old: tuple[str, int] | None) -> None:
    if old is not None:
        for number in range(old[1]):
            items.remove(f"{account}#{old[0]}.{number}")
