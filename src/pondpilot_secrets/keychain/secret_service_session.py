"""The encrypted session of the Secret Service API: Diffie-Hellman over RFC 2409's second group, AES-128-CBC."""

from __future__ import annotations

import os
from typing import Any

from pondpilot_secrets.secure import SecureString, wipe

# RFC 2409, section 6.2: the prime of the 1024-bit group, generator 2.
_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE65381FFFFFFFFFFFFFFFF",
    16,
)
_BYTES = 128
_BLOCK = 16


def new_key_pair() -> tuple[int, bytes]:
    """Return a private exponent and the public value to send."""
    private = int.from_bytes(os.urandom(_BYTES)) % _PRIME
    return private, pow(2, private, _PRIME).to_bytes(_BYTES)


class Session:
    """A negotiated session; `path` names it to the service."""

    def __init__(self, path: str, private: int, server_public: bytes) -> None:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        self.path = path
        shared = bytearray(pow(int.from_bytes(server_public), private, _PRIME).to_bytes(_BYTES))
        self._key = SecureString.take(HKDF(SHA256(), _BLOCK, None, b"").derive(shared))
        wipe(shared)

    def opened(self, secret: tuple[str, bytes, bytes, str]) -> bytearray:
        """Decrypt a `Secret` structure into a buffer that the caller wipes."""
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CBC

        _, vector, sealed, _ = secret
        with self._key.exposed() as key:
            decryptor: Any = Cipher(AES(key), CBC(bytes(vector))).decryptor()
        padded = bytearray(len(sealed) + _BLOCK - 1)
        length = decryptor.update_into(bytes(sealed), padded)
        decryptor.finalize()
        plain = bytearray(memoryview(padded)[: length - padded[length - 1]])
        wipe(padded)
        return plain

    def close(self) -> None:
        """Wipe the key."""
        self._key.close()
