"""A rekeyed file is wholly under its new key: the old ones open nothing, and stale handles neither read nor write."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from pondpilot_secrets.errors import DecryptionFailedError, SecretError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey, KeychainKey, PassphraseKey
from pondpilot_secrets.keychain.encrypted_file.key_sources import CHEAPEST
from pondpilot_secrets.keychain.secret_service import SecretServiceKeychain
from pondpilot_secrets.secure import SecureString
from tests.keychain.encrypted_file.conftest import passphrase

PAYLOADS = {f"s3:{number}": b"payload %d" % number for number in range(20)}


def test_the_new_keys_open_everything_and_the_old_key_nothing(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set_many(PAYLOADS)
    assert store.rekey([passphrase("horse"), passphrase("donkey")]) == 20
    assert store.get_many(list(PAYLOADS)) == PAYLOADS
    for word in ("horse", "donkey"):
        opened = EncryptedFile.open(path, [passphrase(word)])
        assert opened.get_many(list(PAYLOADS)) == PAYLOADS
        opened.close()
    with pytest.raises(DecryptionFailedError):
        EncryptedFile.open(path, [key])
    assert EncryptedFile.kinds_of_slots(path) == ("passphrase", "passphrase")


def test_the_old_data_key_opens_no_item_of_the_rekeyed_file(store: EncryptedFile, path: Path) -> None:
    store.set_many(PAYLOADS)
    old = store._data_key.copy()
    store.rekey([passphrase("horse")])
    now = EncryptedFile.open(path, [passphrase("horse")])
    stale = EncryptedFile(
        path, sqlite3.connect(path, isolation_level=None), store._file_id, old, now._epoch, now.opened_by
    )
    now.close()
    with pytest.raises(DecryptionFailedError):
        stale.get("s3:1")
    stale.close()


def test_the_key_file_may_stay_the_same_and_a_stolen_old_slot_is_worth_nothing(
    store: EncryptedFile, path: Path, key: FileKey
) -> None:
    store.set_many(PAYLOADS)
    before = rows(path, "SELECT nonce, wrapped FROM slots")
    store.rekey([key])
    assert rows(path, "SELECT nonce, wrapped FROM slots") != before
    opened = EncryptedFile.open(path, [key])
    assert opened.get_many(list(PAYLOADS)) == PAYLOADS
    opened.close()


def test_a_handle_of_another_process_neither_reads_nor_writes_after_a_rekey(
    store: EncryptedFile, path: Path, key: FileKey
) -> None:
    store.set("s3:a", b"value")
    stale = EncryptedFile.open(path, [key])
    store.rekey([passphrase("horse")])
    for use in (
        lambda: stale.get("s3:a"),
        lambda: stale.get_many(["s3:a"]),
        lambda: stale.set("s3:a", b"lost"),
        lambda: stale.set_many({"s3:b": b"lost"}),
        lambda: stale.rekey([key]),
        lambda: stale.change_slots([key]),
    ):
        with pytest.raises(VaultError, match="rekeyed by another process") as refused:
            use()
        assert refused.value.hint == "open the vault again"
    assert store.get("s3:a") == b"value"
    assert store.list_accounts() == ["s3:a"]
    stale.close()


def test_rekeying_twice_works_and_counts_the_keys(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set_many(PAYLOADS)
    store.rekey([passphrase("horse")])
    store.set("s3:new", b"new")
    store.rekey([key])
    assert store.get_many([*PAYLOADS, "s3:new"]) == {**PAYLOADS, "s3:new": b"new"}
    assert rows(path, "SELECT value FROM header WHERE name = 'epoch'") == [("3",)]


def test_without_a_new_key_nothing_is_rekeyed(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set("s3:a", b"value")
    with pytest.raises(VaultError, match="at least one key is required"):
        store.rekey([])
    EncryptedFile.open(path, [key]).close()
    assert store.get("s3:a") == b"value"


@pytest.mark.parametrize("statement", ["DELETE FROM slots", "INSERT INTO slots", "UPDATE items", "COMMIT"])
def test_a_rekey_that_fails_leaves_everything_under_the_old_key(
    store: EncryptedFile, path: Path, key: FileKey, statement: str
) -> None:
    store.set_many(PAYLOADS)
    failing = FailingOnce(store._connection, statement, sqlite3.OperationalError("database or disk is full"))
    store._connection = failing  # type: ignore[assignment]
    with pytest.raises(VaultError):
        store.rekey([passphrase("horse")])
    assert failing.failed
    assert store.get_many(list(PAYLOADS)) == PAYLOADS
    store.set("s3:after", b"after")  # under the old key still
    opened = EncryptedFile.open(path, [key])
    assert opened.get("s3:after") == b"after"
    opened.close()


class FailingOnce:
    """A connection on which the first statement of a kind fails, as on a full disk."""

    def __init__(self, connection: sqlite3.Connection, statement: str, error: BaseException) -> None:
        self._connection, self._statement, self._error = connection, statement, error
        self.failed = False

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        self._fail(statement)
        return self._connection.execute(statement, *values)

    def executemany(self, statement: str, rows: list[tuple[object, ...]]) -> sqlite3.Cursor:
        self._fail(statement)
        return self._connection.executemany(statement, rows)

    def _fail(self, statement: str) -> None:
        if statement.startswith(self._statement) and not self.failed:
            self.failed = True
            raise self._error


def test_a_damaged_item_stops_a_rekey_before_anything_is_changed(
    store: EncryptedFile, path: Path, key: FileKey
) -> None:
    store.set_many(PAYLOADS)
    store._connection.execute("UPDATE items SET ciphertext = zeroblob(40) WHERE account = 's3:7'")
    with pytest.raises(DecryptionFailedError, match="s3:7"):
        store.rekey([passphrase("horse")])
    assert store.get("s3:8") == PAYLOADS["s3:8"]
    EncryptedFile.open(path, [key]).close()


def test_threads_that_read_and_write_while_it_is_rekeyed_lose_nothing(store: EncryptedFile, path: Path) -> None:
    store.set_many(PAYLOADS)
    stop, failures = threading.Event(), []

    def work(account: str) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                store.set(account, b"%d" % number)
                if store.get(account) != b"%d" % number or store.get("s3:19") != PAYLOADS["s3:19"]:
                    failures.append(account)
            except SecretError as error:
                failures.append(str(error))

    threads = [threading.Thread(target=work, args=(f"s3:{number}",)) for number in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        store.rekey([passphrase("horse")])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    opened = EncryptedFile.open(path, [passphrase("horse")])
    assert opened.get_many(opened.list_accounts()) == store.get_many(store.list_accounts())
    opened.close()


@pytest.fixture
def keychain(keychain_environment: object):
    keychain = SecretServiceKeychain()
    for account in keychain.list_accounts():
        keychain.delete(account)
    yield keychain
    for account in keychain.list_accounts():
        keychain.delete(account)
    keychain.close()


def test_a_new_keychain_item_replaces_the_old_one_only_once_it_opens_the_file(
    path: Path, keychain: SecretServiceKeychain
) -> None:
    key = KeychainKey(keychain)
    store = EncryptedFile.create(path, [key])
    store.set("s3:a", b"value")
    (first,) = keychain.list_accounts()

    store._connection = FailingOnce(store._connection, "INSERT INTO slots", KeyboardInterrupt())  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        store.rekey([key])
    EncryptedFile.open(path, [key]).close()
    backup = path.with_name("backup.db")
    store.rekey([key])
    assert first not in keychain.list_accounts()
    store.close()
    shutil.copy(path, backup)
    opened = EncryptedFile.open(path, [key])
    assert opened.get("s3:a") == b"value"
    opened.close()


def test_two_files_have_a_keychain_item_each(path: Path, keychain: SecretServiceKeychain) -> None:
    key = KeychainKey(keychain)
    for name in ("one.db", "two.db"):
        EncryptedFile.create(path.with_name(name), [key]).close()
    assert len(keychain.list_accounts()) == 2
    for name in ("one.db", "two.db"):
        EncryptedFile.open(path.with_name(name), [key]).close()


def rows(path: Path, statement: str) -> list[tuple]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_a_key_that_is_changed_while_another_is_typed_lets_nothing_be_written_under_the_old_one(
    store: EncryptedFile, path: Path
) -> None:
    store.change_slots([passphrase("old")])

    def typed() -> SecureString:
        store.rekey([passphrase("new")])
        return SecureString("old")

    late = EncryptedFile.open(path, [PassphraseKey(typed, CHEAPEST)])
    with pytest.raises(VaultError, match="rekeyed by another process"):
        late.set("s3:late", b"would be lost")
    late.close()
    with contextlib.closing(EncryptedFile.open(path, [passphrase("new")])) as opened:
        assert "s3:late" not in opened.list_accounts()
