"""Whoever has the file and not its key can change nothing in it unnoticed, and make nothing worse than an error."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, SecretError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from tests.keychain.encrypted_file.conftest import Change, passphrase


def flip(path: Path, table: str, column: str, position: int) -> None:
    """Change one byte, counted from 0 or from behind with a negative number."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        ((number, value),) = connection.execute(f"SELECT rowid, {column} FROM {table} LIMIT 1").fetchall()
        changed = bytearray(value)
        changed[position] ^= 1
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (bytes(changed), number))


@pytest.mark.parametrize(
    ("column", "position"), [("ciphertext", 0), ("ciphertext", 4), ("ciphertext", -1), ("nonce", 0), ("nonce", -1)]
)
def test_a_changed_item_is_refused(store: EncryptedFile, path: Path, column: str, position: int) -> None:
    store.set("s3:a", b"marker-value")
    flip(path, "items", column, position)
    for read in (lambda: store.get("s3:a"), lambda: store.get_many(["s3:a", "s3:b"])):
        with pytest.raises(DecryptionFailedError, match="not what was encrypted") as refused:
            read()
        assert refused.value.code == 1006
        assert refused.value.hint
        assert "marker" not in str(refused.value)


def test_other_items_are_still_read_when_one_is_changed(store: EncryptedFile, path: Path) -> None:
    store.set("s3:a", b"a")
    store.set("s3:b", b"b")
    flip(path, "items", "ciphertext", 0)
    assert store.get("s3:b") == b"b"


@pytest.mark.parametrize(
    "value", [b"", b"short", "text that is long enough to hold a tag", 5, 1.5, bytes(16), bytes(40)]
)
@pytest.mark.parametrize("column", ["nonce", "ciphertext"])
def test_an_item_of_another_kind_or_length_is_refused(
    store: EncryptedFile, change: Change, column: str, value: object
) -> None:
    store.set("s3:a", b"value")
    change(f"UPDATE items SET {column} = ?", value)
    with pytest.raises(DecryptionFailedError):
        store.get("s3:a")


def test_two_items_that_were_exchanged_are_refused(store: EncryptedFile, path: Path, change: Change) -> None:
    store.set_many({"s3:a": b"of a", "s3:b": b"of b"})
    change("UPDATE items SET account = 's3:c' WHERE account = 's3:a'")
    change("UPDATE items SET account = 's3:a' WHERE account = 's3:b'")
    change("UPDATE items SET account = 's3:b' WHERE account = 's3:c'")
    for account in ("s3:a", "s3:b"):
        with pytest.raises(DecryptionFailedError):
            store.get(account)


def test_an_item_of_another_file_is_refused(store: EncryptedFile, path: Path, key: FileKey, change: Change) -> None:
    store.set("s3:a", b"here")
    other = EncryptedFile.create(path.with_name("other.db"), [key])
    other.set("s3:a", b"there")
    other.close()
    with contextlib.closing(sqlite3.connect(path.with_name("other.db"))) as connection, connection:
        nonce, ciphertext = connection.execute("SELECT nonce, ciphertext FROM items").fetchone()
    connection.close()
    change("UPDATE items SET nonce = ?, ciphertext = ?", nonce, ciphertext)
    with pytest.raises(DecryptionFailedError):
        store.get("s3:a")


@pytest.mark.parametrize(("column", "position"), [("wrapped", 0), ("wrapped", -1), ("nonce", 0)])
def test_a_changed_slot_opens_nothing(
    store: EncryptedFile, path: Path, key: FileKey, column: str, position: int
) -> None:
    flip(path, "slots", column, position)
    with pytest.raises(DecryptionFailedError, match="not the one of this vault"):
        EncryptedFile.open(path, [key])


def test_a_slot_does_not_open_under_another_id_of_the_file(
    store: EncryptedFile, path: Path, key: FileKey, change: Change
) -> None:
    change("UPDATE header SET value = ? WHERE name = 'id'", "0" * 32)
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(path, [key])


PARAMETERS = {"salt": "00" * 16, "memory": 64, "passes": 1, "lanes": 1}


@pytest.mark.parametrize("changed", [
    {"salt": "11" * 16},
    {"passes": 2},
    {"more": 1},
    {"salt": "no digits"},
    {"salt": ""},
    {"salt": "00"},
    {"salt": 5},
    {"salt": None},
    {"salt": ["00"]},
    {"memory": 0},
    {"memory": -1},
    {"memory": 1},
    {"memory": 2**31},
    {"memory": 10**30},
    {"memory": "much"},
    {"memory": None},
    {"passes": 0},
    {"passes": 2**31},
    {"lanes": 0},
    {"lanes": 2**24},
    {"lanes": {}},
], ids=str)  # fmt: skip
def test_changed_parameters_open_nothing_and_cost_no_more_than_a_wrong_key(
    path: Path, change: Change, changed: dict[str, object]
) -> None:
    EncryptedFile.create(path, [passphrase("horse")]).close()
    change("UPDATE slots SET parameters = ?", json.dumps(PARAMETERS | changed))
    with pytest.raises(DecryptionFailedError) as refused:
        EncryptedFile.open(path, [passphrase("horse")])
    assert refused.value.code == 1006


@pytest.mark.parametrize("text", ["[]", "5", "null", '"salt"', "{}"])
def test_parameters_that_are_no_slots_are_refused(path: Path, change: Change, text: str) -> None:
    EncryptedFile.create(path, [passphrase("horse")]).close()
    change("UPDATE slots SET parameters = ?", text)
    with pytest.raises(DecryptionFailedError, match="slot 1 of the encrypted file"):
        EncryptedFile.open(path, [passphrase("horse")])


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff"])
def test_parameters_that_are_no_json_are_a_damaged_file(path: Path, change: Change, text: str) -> None:
    EncryptedFile.create(path, [passphrase("horse")]).close()
    change("UPDATE slots SET parameters = ?", text)
    with pytest.raises(VaultError):
        EncryptedFile.open(path, [passphrase("horse")])


def test_parameters_are_the_same_in_any_spelling(path: Path, change: Change) -> None:
    EncryptedFile.create(path, [passphrase("horse")]).close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        parameters = json.loads(connection.execute("SELECT parameters FROM slots").fetchone()[0])
    connection.close()
    change("UPDATE slots SET parameters = ?", json.dumps(dict(reversed(parameters.items())), indent=2))
    EncryptedFile.open(path, [passphrase("horse")]).close()


def test_a_file_without_slots_says_so(store: EncryptedFile, path: Path, key: FileKey, change: Change) -> None:
    change("DELETE FROM slots")
    with pytest.raises(DecryptionFailedError) as refused:
        EncryptedFile.open(path, [key])
    assert "no key slots" in str(refused.value.hint)


def test_an_unknown_kind_of_slot_beside_ours_does_no_harm(
    store: EncryptedFile, path: Path, key: FileKey, change: Change
) -> None:
    change("INSERT INTO slots SELECT 2, 'yubikey', parameters, nonce, wrapped FROM slots")
    EncryptedFile.open(path, [key]).close()
    assert EncryptedFile.kinds_of_slots(path) == ("file", "yubikey")


def test_an_item_that_is_gone_is_missing_and_not_another(store: EncryptedFile, change: Change) -> None:
    store.set("s3:a", b"a")
    change("DELETE FROM items")
    with pytest.raises(SecretError) as missing:
        store.get("s3:a")
    assert missing.value.code == 1016
