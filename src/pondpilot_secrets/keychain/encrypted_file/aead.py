"""AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces, without immutable copies of the plain text."""

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


def encrypt(key: SecureString, nonce: bytes, plain: Payload, context: bytes) -> bytes:
    """Encrypt once; for many under one key, keep the `cipher`."""
    return encrypt_with(cipher(key), nonce, plain, context)


def decrypt(key: SecureString, nonce: bytes, ciphertext: bytes, context: bytes) -> bytearray | None:
    """Decrypt once; None when the key, the context or the content is not what it was."""
    return decrypt_with(cipher(key), nonce, ciphertext, context)


def encrypt_with(aead: AESGCM, nonce: bytes, plain: Payload, context: bytes) -> bytes:
    """Return ciphertext and tag; raises `EncryptionFailedError`."""
    try:
        return aead.encrypt(nonce, plain, context)
    except (OverflowError, ValueError, MemoryError) as error:
        raise EncryptionFailedError(f"the payload could not be encrypted: {type(error).__name__}") from None


def decrypt_with(aead: AESGCM, nonce: bytes, ciphertext: bytes, context: bytes) -> bytearray | None:
    """Return the plain text in a buffer that the caller wipes, or None where key, context or content is another."""
    from cryptography.exceptions import InvalidTag

    if len(ciphertext) < TAG_LENGTH or len(nonce) != NONCE_LENGTH:
        return None
    plain = bytearray(len(ciphertext) - TAG_LENGTH)
    try:
        aead.decrypt_into(nonce, ciphertext, context, plain)
    except InvalidTag:
        wipe(plain)  # OpenSSL writes the plain text first and finds out then that the tag does not fit
        return None
    return plain
