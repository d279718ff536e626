"""The encrypted file is what `docs/formats/encrypted-file.md` says, byte for byte."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import re
import sqlite3
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from pondpilot_secrets.keychain.encrypted_file import (
    EncryptedFile,
    FileKey,
    KeychainKey,
    KeySource,
    PassphraseKey,
    key_slots,
    key_sources,
    provider,
)
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.secure import SecureString
from tests.keychain.format_page import payload_of_the_vector, text, vector

PAGE = text("encrypted-file.md")
VECTOR = vector("encrypted-file.md")
ACCOUNT = VECTOR["account"]
LABEL = b"pondpilot-secrets encrypted-file v1"


def hexed(name: str) -> bytes:
    return bytes.fromhex(VECTOR[name])


def schema_of_the_page() -> str:
    found = re.search(r"```sql\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


# --- a reader and a writer that were written from the page alone ---


def hkdf(content: bytes, salt: bytes) -> bytes:
    """HKDF-SHA-256 with 32 bytes of output, from RFC 5869."""
    extracted = hmac.digest(salt, content, hashlib.sha256)
    return hmac.digest(extracted, b"pondpilot-secrets encrypted-file v1 wrapping key\x01", hashlib.sha256)


def wrapping_key(kind: str, parameters: dict, given: bytes) -> bytes:
    salt = bytes.fromhex(parameters["salt"])
    if kind != "passphrase":
        return hkdf(given, salt)
    memory, passes, lanes = parameters["memory"], parameters["passes"], parameters["lanes"]
    return Argon2id(salt=salt, length=32, iterations=passes, lanes=lanes, memory_cost=memory).derive(given)


def slot_context(file_id: str, kind: str, parameters: dict) -> bytes:
    described = json.dumps(parameters, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    return b"\0".join((LABEL, b"slot", file_id.encode(), kind.encode(), described))


def item_context(file_id: str, account: str) -> bytes:
    return b"\0".join((LABEL, b"item", file_id.encode(), account.encode()))


def read_as_the_page_says(path: Path, kind: str, given: bytes) -> dict[str, bytes]:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        header = dict(connection.execute("SELECT name, value FROM header"))
        assert header["format"] == "1"
        (slot,) = connection.execute("SELECT parameters, nonce, wrapped FROM slots WHERE kind = ?", [kind])
        items = connection.execute("SELECT account, nonce, ciphertext FROM items").fetchall()
    parameters = json.loads(slot[0])
    wrapping = AESGCM(wrapping_key(kind, parameters, given))
    data = AESGCM(wrapping.decrypt(slot[1], slot[2], slot_context(header["id"], kind, parameters)))
    return {
        account: data.decrypt(nonce, ciphertext, item_context(header["id"], account))
        for account, nonce, ciphertext in items
    }


def write_the_vector(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(schema_of_the_page())
        header = [("format", "1"), ("id", VECTOR["id"]), ("epoch", "1")]
        connection.executemany("INSERT INTO header VALUES (?, ?)", header)
        for number, kind in ((1, "passphrase"), (2, "file")):
            row = (number, kind, VECTOR[f"parameters of slot {number}, {kind}"])
            row += (hexed(f"nonce {number}"), hexed(f"wrapped {number}"))
            connection.execute("INSERT INTO slots VALUES (?, ?, ?, ?, ?)", row)
        item = (ACCOUNT, hexed("nonce of the item"), hexed("ciphertext"))
        connection.execute("INSERT INTO items VALUES (?, ?, ?)", item)


def key_of_the_vector(kind: str, folder: Path) -> tuple[KeySource, bytes]:
    if kind == "passphrase":
        return PassphraseKey(SecureString(VECTOR["passphrase"])), VECTOR["passphrase"].encode()
    content = VECTOR["key file, and a line feed"].encode() + b"\n"
    file = folder / "key"
    file.write_bytes(content)
    file.chmod(0o600)
    return FileKey(file), content


# --- the tests ---


@pytest.mark.parametrize("kind", ["passphrase", "file"])
def test_vector_of_the_page_is_opened_by_us_and_by_the_reader_from_the_page(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "secrets.db"
    write_the_vector(path)
    key, given = key_of_the_vector(kind, tmp_path)
    opened = EncryptedFile.open(path, [key])
    assert opened.get(ACCOUNT) == payload_of_the_vector()
    opened.close()
    assert read_as_the_page_says(path, kind, given) == {ACCOUNT: payload_of_the_vector()}


@pytest.mark.parametrize(("number", "kind"), [(1, "passphrase"), (2, "file")])
def test_keys_of_the_vector_are_what_we_derive(number: int, kind: str, tmp_path: Path) -> None:
    key, given = key_of_the_vector(kind, tmp_path)
    parameters = json.loads(VECTOR[f"parameters of slot {number}, {kind}"])
    with key.wrapping_key(parameters) as derived, derived.exposed() as view:
        assert view == hexed(f"wrapping key {number}")
    assert wrapping_key(kind, parameters, given) == hexed(f"wrapping key {number}")


def test_we_encrypt_to_the_bytes_of_the_vector(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "secrets.db"
    write_the_vector(path)
    key, _ = key_of_the_vector("file", tmp_path)
    opened = EncryptedFile.open(path, [key])
    opened.delete(ACCOUNT)
    monkeypatch.setattr(provider.os, "urandom", lambda length: hexed("nonce of the item")[:length])
    opened.set(ACCOUNT, payload_of_the_vector())
    opened.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT ciphertext FROM items").fetchone() == (hexed("ciphertext"),)


@pytest.mark.parametrize(("number", "kind"), [(1, "passphrase"), (2, "file")])
def test_we_wrap_to_the_bytes_of_the_vector(
    number: int, kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key, _ = key_of_the_vector(kind, tmp_path)
    parameters = json.loads(VECTOR[f"parameters of slot {number}, {kind}"])
    random = {16: bytes.fromhex(parameters["salt"]), 12: hexed(f"nonce {number}")}
    monkeypatch.setattr("os.urandom", random.__getitem__)
    slot = key_slots.wrap_data_key(key, SecureString(hexed("data key")), VECTOR["id"], number)
    assert slot == key_slots.KeySlot(number, kind, parameters, hexed(f"nonce {number}"), hexed(f"wrapped {number}"))


@pytest.mark.parametrize("kind", ["passphrase", "file"])
def test_reader_from_the_page_opens_what_we_made(kind: str, tmp_path: Path) -> None:
    path, phrase = tmp_path / "secrets.db", "zoë's 🔑 "
    made = EncryptedFile.create(
        path, [PassphraseKey(SecureString(phrase), key_sources.CHEAPEST), FileKey(tmp_path / "key")]
    )
    payloads = {ACCOUNT: b"one", "http:ü": b"", "s3:x": bytes(range(256)) * 100}
    made.set_many(payloads)
    made.close()
    given = phrase.encode() if kind == "passphrase" else (tmp_path / "key").read_bytes()
    assert read_as_the_page_says(path, kind, given) == payloads


@pytest.mark.usefixtures("keychain_environment")
def test_reader_from_the_page_opens_what_a_keychain_item_opens(tmp_path: Path) -> None:
    path, keychain = tmp_path / "secrets.db", SecretServiceKeychain()
    made = EncryptedFile.create(path, [KeychainKey(keychain)])
    made.set(ACCOUNT, b"one")
    made.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (file_id,) = connection.execute("SELECT value FROM header WHERE name = 'id'").fetchone()
        (parameters,) = connection.execute("SELECT parameters FROM slots").fetchone()
    account = json.loads(parameters)["account"]
    assert re.fullmatch(f"file-key:{file_id}:[0-9a-f]{{16}}", account)
    content = bytes(keychain.get(account))
    assert re.fullmatch(rb"[0-9a-f]{64}", content)
    assert read_as_the_page_says(path, "keychain", content) == {ACCOUNT: b"one"}
    keychain.delete(account)
    keychain.close()


def test_reader_from_the_page_opens_what_was_rekeyed(tmp_path: Path) -> None:
    path = tmp_path / "secrets.db"
    made = EncryptedFile.create(path, [FileKey(tmp_path / "old")])
    made.set(ACCOUNT, b"one")
    made.rekey([FileKey(tmp_path / "new")])
    made.close()
    assert read_as_the_page_says(path, "file", (tmp_path / "new").read_bytes()) == {ACCOUNT: b"one"}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT value FROM header WHERE name = 'epoch'").fetchone() == ("2",)


def test_the_tables_are_those_of_the_page(tmp_path: Path) -> None:
    EncryptedFile.create(tmp_path / "secrets.db", [FileKey(tmp_path / "key")]).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "secrets.db")) as made:
        ours = made.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall()
    with contextlib.closing(sqlite3.connect(":memory:")) as page:
        page.executescript(schema_of_the_page())
        assert page.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").fetchall() == ours


def test_the_page_has_the_numbers_and_names_of_the_code() -> None:
    kinds = re.findall(r"^\| `(\w+)` \| `salt|^\| `(keychain)` ", PAGE, re.MULTILINE)
    assert [first or second for first, second in kinds] == ["passphrase", "file", "keychain", "recovery"]
    new, most = key_sources.RFC_9106_SECOND_CHOICE, key_sources.MOST
    assert f"New slots cost {new.memory} KiB, {new.passes} passes and {new.lanes} lanes" in PAGE
    assert f"any cost up to {most.memory} KiB, {most.passes} passes and\n{most.lanes} lanes" in PAGE
    assert f"| `format` | `{provider.FORMAT}`" in PAGE


def test_a_key_file_that_we_make_is_as_the_page_says(tmp_path: Path) -> None:
    EncryptedFile.create(tmp_path / "secrets.db", [FileKey(tmp_path / "key")]).close()
    assert re.fullmatch(rb"[0-9a-f]{64}\n", (tmp_path / "key").read_bytes())
