"""The encrypted session of the Secret Service API: Diffie-Hellman over RFC 2409's second group, AES-128-CBC."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Any, TypeAlias

from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from pondpilot_secrets.keychain.base import Payload

SecretStruct: TypeAlias = tuple[str, bytes, bytes, str]
"""The `Secret` structure of the specification: session, initialisation vector, ciphertext, content type."""

# RFC 2409, section 6.2: the prime of the 1024-bit group, generator 2.
_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
_BYTES, _EXPONENT_BYTES = 128, 32
_BLOCK = 16
_CONTENT_TYPE = "text/plain"


def new_key_pair() -> tuple[int, bytes]:
    """Return a private exponent and the public value to send.

    The group is worth 80 bits, for which an exponent of 160 is enough; one of 1,024 would cost 3 ms more, twice.
    """
    private = int.from_bytes(os.urandom(_EXPONENT_BYTES))
    return private, pow(2, private, _PRIME).to_bytes(_BYTES)


class EncryptedSession:
    """A negotiated session; `path` names it to the service."""

    def __init__(self, path: str, private: int, server_public: bytes) -> None:
        self.path = path
        shared = pow(int.from_bytes(server_public), private, _PRIME).to_bytes(_BYTES)
        # HKDF (RFC 5869) without a salt, of one block: by hand, because the library's takes 9 ms to load.
        extracted = hmac.digest(bytes(hashlib.sha256().digest_size), shared, hashlib.sha256)
        derived = bytearray(hmac.digest(extracted, b"\x01", hashlib.sha256))
        self._key = SecureString.take(derived[:_BLOCK])
        for value in (shared, extracted, derived):
            wipe(value)

    def decrypt(self, secret: SecretStruct) -> bytearray:
        """Decrypt a `Secret` structure into a buffer that the caller wipes; raises ValueError for one that is torn."""
        _, vector, ciphertext, _ = secret
        decryptor = self._cipher(bytes(vector), "decryptor")
        padded = bytearray(len(ciphertext) + _BLOCK - 1)
        try:
            length = decryptor.update_into(bytes(ciphertext), padded)
            decryptor.finalize()
            with memoryview(padded) as view:
                return bytearray(view[: length - padded[length - 1]])
        finally:
            wipe(padded)

    def encrypt(self, payload: Payload) -> SecretStruct:
        """Encrypt a payload into a `Secret` structure."""
        padding = _BLOCK - len(payload) % _BLOCK
        padded = bytearray(len(payload) + padding)
        padded[: len(payload)] = payload
        padded[len(payload) :] = bytes([padding]) * padding
        vector, ciphertext = os.urandom(_BLOCK), bytearray(len(padded) + _BLOCK - 1)
        try:
            length = self._cipher(vector, "encryptor").update_into(padded, ciphertext)
        finally:
            wipe(padded)
        return self.path, vector, bytes(ciphertext[:length]), _CONTENT_TYPE

    def _cipher(self, vector: bytes, kind: str) -> Any:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        with self._key.exposed() as key:
            return getattr(Cipher(AES(key), CBC(vector)), kind)()

    def close(self) -> None:
        """Wipe the key."""
        self._key.close()
