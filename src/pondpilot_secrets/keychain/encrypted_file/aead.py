"""AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces, without immutable copies of what is sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets.errors import EncryptionFailedError
from pondpilot_secrets.secure import wipe

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.secure import SecureString

NONCE_LENGTH = 12
TAG_LENGTH = 16


def cipher(key: SecureString) -> AESGCM:
    """Return the cipher under a 32-byte key; OpenSSL keeps a copy of the key as long as it lives."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    with key.exposed() as view:
        return AESGCM(view)


def seal(key: SecureString, nonce: bytes, plain: Payload, context: bytes) -> bytes:
    """Seal once; for many under one key, keep the `cipher`."""
    return seal_with(cipher(key), nonce, plain, context)


def unseal(key: SecureString, nonce: bytes, sealed: bytes, context: bytes) -> bytearray | None:
    """Open once; None when the key, the context or the content is not what it was."""
    return unseal_with(cipher(key), nonce, sealed, context)


def seal_with(aead: AESGCM, nonce: bytes, plain: Payload, context: bytes) -> bytes:
    """Return ciphertext and tag; raises `EncryptionFailedError`."""
    try:
        return aead.encrypt(nonce, plain, context)
    except (OverflowError, ValueError, MemoryError) as error:
        raise EncryptionFailedError(f"the payload could not be sealed: {type(error).__name__}") from None


def unseal_with(aead: AESGCM, nonce: bytes, sealed: bytes, context: bytes) -> bytearray | None:
    """Return what was sealed in a buffer that the caller wipes, or None."""
    from cryptography.exceptions import InvalidTag

    if len(sealed) < TAG_LENGTH or len(nonce) != NONCE_LENGTH:
        return None
    plain = bytearray(len(sealed) - TAG_LENGTH)
    try:
        aead.decrypt_into(nonce, sealed, context, plain)
    except InvalidTag:
        wipe(plain)  # OpenSSL writes the plain text first and finds out then that it is not the one that was sealed
        return None
    return plain
