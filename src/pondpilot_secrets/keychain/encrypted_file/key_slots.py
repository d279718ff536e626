"""Key slots: the data key, wrapped once for each way to open the store."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pondpilot_secrets import log
from pondpilot_secrets.errors import CredentialMissingError, DecryptionFailedError, SecretError
from pondpilot_secrets.keychain.encrypted_file.aead import NONCE_LENGTH, decrypt, encrypt
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.encrypted_file.key_sources import KeySource, SlotParameters


@dataclass(frozen=True, slots=True)
class KeySlot:
    """One row of the slots: how its wrapping key is made, and the data key under it."""

    number: int
    kind: str
    parameters: SlotParameters
    nonce: bytes
    wrapped: bytes


def wrap_data_key(source: KeySource, data_key: SecureString, file_id: str, number: int) -> KeySlot:
    """Wrap the data key for a source; asks a person where the source does."""
    parameters = source.new_parameters(file_id)
    nonce = os.urandom(NONCE_LENGTH)
    with source.wrapping_key(parameters) as key, data_key.exposed() as plain:
        wrapped = encrypt(key, nonce, plain, _context(file_id, source.kind, parameters))
    return KeySlot(number, source.kind, parameters, nonce, wrapped)


class UnwrappedKey(NamedTuple):
    """The data key, and the slot that it came out of."""

    data_key: SecureString
    slot: KeySlot


def unwrap_data_key(sources: Sequence[KeySource], slots: Sequence[KeySlot], file_id: str, path: Path) -> UnwrappedKey:
    """Open the first slot that one of the sources fits.

    A key that is not there (a lost file, a wiped keychain) keeps no other from being tried. Raises that key's own error
    where none fits, else `DecryptionFailedError` (1006), saying what the file opens with.
    """
    fitting = False
    first_error: SecretError | None = None
    for source in sources:
        for slot in (slot for slot in slots if slot.kind == source.kind):
            fitting = True
            try:
                data_key = _unwrap(source, slot, file_id, path)
            except SecretError as error:  # another key may open it
                log.debug("keychain", "key slot %d (%s) was passed over: error %d", slot.number, slot.kind, error.code)
                first_error = first_error or error
                continue
            if data_key is not None:
                return UnwrappedKey(SecureString.take(data_key), slot)
    raise _error_for(slots, path, fitting=fitting, first_error=first_error)


def _unwrap(source: KeySource, slot: KeySlot, file_id: str, path: Path) -> bytearray | None:
    try:
        wrapping = source.wrapping_key(slot.parameters)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise DecryptionFailedError(
            f"slot {slot.number} of the encrypted file {path} is not what was written: the file was changed or is damaged",
            hint="put back a backup of the file",
        ) from None
    with wrapping as key:
        return decrypt(key, slot.nonce, slot.wrapped, _context(file_id, slot.kind, slot.parameters))


def _error_for(slots: Sequence[KeySlot], path: Path, *, fitting: bool, first_error: SecretError | None) -> SecretError:
    kinds = {_NAMES.get(slot.kind, slot.kind) for slot in slots if slot.kind != "recovery"}
    ways = " or ".join(sorted(kinds)) or "nothing: it has no key slots"
    code = any(slot.kind == "recovery" for slot in slots)
    with_code = "; when all of that is lost, with a recovery code: `pond vault use-recovery-code`" if code else ""
    if isinstance(first_error, CredentialMissingError):
        message = f"the key of {path} is gone from the keychain"
    elif first_error is not None:
        if code:
            with_code = "if the key is lost, a recovery code opens it: `pond vault use-recovery-code`"
            first_error.hint = f"{first_error.hint or 'mend that'}; {with_code}"
        return first_error
    elif fitting:
        message = f"the key or passphrase is not the one of this vault: {path}"
    else:
        message = f"this encrypted file needs its key: {path}"
    return DecryptionFailedError(message, hint=f"it opens with {ways}{with_code}")


_NAMES = {
    "passphrase": "a passphrase (POND_PASSPHRASE_FILE, or asked for on a terminal)",
    "file": "its key file (POND_KEY_FILE)",
    "keychain": "the system's keychain",
}


def _context(file_id: str, kind: str, parameters: SlotParameters) -> bytes:
    described = json.dumps(parameters, sort_keys=True, separators=(",", ":"))
    return f"pondpilot-secrets encrypted-file v1\0slot\0{file_id}\0{kind}\0{described}".encode()
