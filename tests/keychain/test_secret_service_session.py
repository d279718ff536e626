"""The encrypted session is that of the specification: a peer written from it alone reads and writes the same."""

from __future__ import annotations

import hashlib
import hmac
import os

import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from pondpilot_secrets.errors import WipedError
from pondpilot_secrets.keychain.secret_service_session import EncryptedSession, new_key_pair
from tests.services.prompting_secret_service import PRIME

PATH = "/org/freedesktop/secrets/session/s1"


class Peer:
    """The service's side, with the library's own padding."""

    def __init__(self, client_public: bytes) -> None:
        private = int.from_bytes(os.urandom(128))
        self.public = pow(2, private, PRIME).to_bytes(128)
        shared = pow(int.from_bytes(client_public), private, PRIME).to_bytes(128)
        extracted = hmac.digest(bytes(32), shared, hashlib.sha256)
        self.key = hmac.digest(extracted, b"\x01", hashlib.sha256)[:16]

    def encrypt(self, plain: bytes) -> tuple[str, bytes, bytes, str]:
        padder, vector = padding.PKCS7(128).padder(), os.urandom(16)
        encryptor = Cipher(AES(self.key), CBC(vector)).encryptor()
        return (
            PATH,
            vector,
            encryptor.update(padder.update(plain) + padder.finalize()) + encryptor.finalize(),
            "text/plain",
        )

    def decrypt(self, vector: bytes, ciphertext: bytes) -> bytes:
        decryptor, unpadder = Cipher(AES(self.key), CBC(vector)).decryptor(), padding.PKCS7(128).unpadder()
        return unpadder.update(decryptor.update(ciphertext) + decryptor.finalize()) + unpadder.finalize()


@pytest.fixture
def pair() -> tuple[EncryptedSession, Peer]:
    private, public = new_key_pair()
    peer = Peer(public)
    return EncryptedSession(PATH, private, peer.public), peer


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17, 31, 32, 1000, 100_001])
def test_both_sides_read_what_the_other_wrote(pair: tuple[EncryptedSession, Peer], length: int) -> None:
    session, peer = pair
    plain = os.urandom(length)
    path, vector, ciphertext, content_type = session.encrypt(plain)
    assert (path, content_type) == (PATH, "text/plain")
    assert peer.decrypt(vector, ciphertext) == plain
    assert session.decrypt(peer.encrypt(plain)) == plain


def test_two_encryptions_of_one_value_differ(pair: tuple[EncryptedSession, Peer]) -> None:
    session, _ = pair
    assert session.encrypt(b"same")[1:3] != session.encrypt(b"same")[1:3]


def test_a_torn_ciphertext_is_a_value_error(pair: tuple[EncryptedSession, Peer]) -> None:
    session, peer = pair
    _, vector, ciphertext, kind = peer.encrypt(b"x" * 40)
    with pytest.raises(ValueError, match=r"."):
        session.decrypt((PATH, vector, ciphertext[:-5], kind))


def test_the_key_is_wiped_on_close(pair: tuple[EncryptedSession, Peer]) -> None:
    session, _ = pair
    session.close()
    with pytest.raises(WipedError):
        session.encrypt(b"x")
