"""Key slots: the data key, wrapped once for each way to open the store."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets.errors import CredentialMissingError, DecryptionFailedError, SecretError, UsageError
from pondpilot_secrets.keychain.sealed.aead import NONCE_LENGTH, seal, unseal
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.sealed.keys import KeySource, Parameters


@dataclass(frozen=True, slots=True)
class Slot:
    """One row of the slots: how its wrapping key is made, and the data key under it."""

    number: int
    kind: str
    parameters: Parameters
    nonce: bytes
    wrapped: bytes


def wrapped_for(source: KeySource, data_key: SecureString, file_id: str, number: int) -> Slot:
    """Wrap the data key for a source; asks a person where the source does."""
    parameters = source.new_parameters(file_id)
    nonce = os.urandom(NONCE_LENGTH)
    with source.wrapping_key(parameters) as key, data_key.exposed() as plain:
        sealed = seal(key, nonce, plain, _context(file_id, source.kind, parameters))
    return Slot(number, source.kind, parameters, nonce, sealed)


class Opened(NamedTuple):
    """The data key, and the slot that it came out of."""

    data_key: SecureString
    slot: Slot


def opened_with(sources: Sequence[KeySource], slots: Sequence[Slot], file_id: str, path: Path) -> Opened:
    """Open the first slot that one of the sources fits.

    A key that is not there (a lost file, a wiped keychain) keeps no other from being tried. Raises that key's own error
    where none fits, else `DecryptionFailedError` (1006), saying which ways in there are.
    """
    tried, missing = False, None
    for source in sources:
        for slot in (slot for slot in slots if slot.kind == source.kind):
            tried = True
            try:
                data_key = _unwrapped(source, slot, file_id)
            except (CredentialMissingError, UsageError) as error:
                missing = missing or error
                continue
            if data_key is not None:
                return Opened(SecureString.take(data_key), slot)
    raise _unopened(slots, path, tried=tried, missing=missing)


def _unwrapped(source: KeySource, slot: Slot, file_id: str) -> bytearray | None:
    """Return the data key; None for another key, and for a slot that is not as it was written."""
    try:
        with source.wrapping_key(slot.parameters) as key:
            return unseal(key, slot.nonce, slot.wrapped, _context(file_id, slot.kind, slot.parameters))
    except (KeyError, ValueError, TypeError, OverflowError, MemoryError):  # parameters that were never ours
        return None


def _unopened(slots: Sequence[Slot], path: Path, *, tried: bool, missing: SecretError | None) -> SecretError:
    kinds = {_NAMES.get(slot.kind, slot.kind) for slot in slots if slot.kind != "recovery"}
    ways = " or ".join(sorted(kinds)) or "nothing: it has no key slots"
    if any(slot.kind == "recovery" for slot in slots):
        ways += "; when all of that is lost, with a recovery code: `pond vault recover`"
    if isinstance(missing, CredentialMissingError):
        return DecryptionFailedError(f"the key of {path} is gone from the keychain", hint=f"it opens with {ways}")
    if missing is not None:
        hint = "" if missing.hint is None else f"{missing.hint}; "
        return type(missing)(missing.message, hint=f"{hint}the vault opens with {ways}")
    if tried:
        message = f"the key or passphrase is not the one of this vault: {path}"
        return DecryptionFailedError(message, hint=f"it opens with {ways}")
    return DecryptionFailedError(f"this sealed vault needs its key: {path}", hint=f"it opens with {ways}")


_NAMES = {
    "passphrase": "a passphrase (POND_PASSPHRASE_FILE, or asked for on a terminal)",
    "file": "its key file (POND_KEY_FILE)",
    "keychain": "the system's keychain",
}


def _context(file_id: str, kind: str, parameters: Parameters) -> bytes:
    described = json.dumps(parameters, sort_keys=True, separators=(",", ":"))
    return f"pondpilot-secrets sealed v1\0slot\0{file_id}\0{kind}\0{described}".encode()
