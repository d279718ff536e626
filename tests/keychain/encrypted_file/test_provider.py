"""The encrypted file as a file: whole or absent, closed to others, and written all or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from pondpilot_secrets.errors import SecretError, VaultError
from pondpilot_secrets.keychain.encrypted_file import EncryptedFile, FileKey
from tests.keychain.encrypted_file.conftest import Change, passphrase


def test_payloads_are_there_after_the_file_is_opened_anew(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set_many({"s3:a": b"a", "s3:b": b"b"})
    store.close()
    opened = EncryptedFile.open(path, [key])
    assert opened.get_many(["s3:a", "s3:b", "s3:c"]) == {"s3:a": b"a", "s3:b": b"b"}
    opened.close()


def test_no_payload_is_in_the_files_in_the_clear_and_a_deleted_one_is_gone(store: EncryptedFile, path: Path) -> None:
    store.set("s3:a", b"marker-payload" * 100)
    ((ciphertext,),) = sqlite_rows(path, "SELECT ciphertext FROM items")
    store.delete("s3:a")
    store._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in path.parent.glob("secrets.db*"):
        assert b"marker-payload" not in file.read_bytes()
        assert ciphertext[:200] not in file.read_bytes()


def test_equal_payloads_are_encrypted_differently(store: EncryptedFile, path: Path) -> None:
    store.set_many({f"s3:{number}": b"same" for number in range(100)})
    store.set("s3:1", b"same")
    assert len(set(sqlite_rows(path, "SELECT nonce FROM items"))) == 100
    assert len(set(sqlite_rows(path, "SELECT ciphertext FROM items"))) == 100


def test_many_are_stored_all_or_none(store: EncryptedFile) -> None:
    store.set("s3:a", b"old")
    batch = {"s3:a": b"new", "s3:b": b"new", "s3:c": "no buffer", "s3:d": b"new"}
    with pytest.raises(TypeError):
        store.set_many(batch)  # type: ignore[arg-type]
    assert store.get_many(["s3:a", "s3:b", "s3:c", "s3:d"]) == {"s3:a": b"old"}
    store.set("s3:b", b"later")


def test_many_are_stored_all_or_none_when_the_disk_is_full(store: EncryptedFile) -> None:
    store.set("s3:a", b"old")
    store._connection.execute("PRAGMA max_page_count = 12")
    with pytest.raises(VaultError, match="is full"):
        store.set_many({"s3:a": b"new", **{f"s3:{number}": bytes(10_000) for number in range(20)}})
    assert store.list_accounts() == ["s3:a"]
    assert store.get("s3:a") == b"old"
    store._connection.execute("PRAGMA max_page_count = 100000")
    store.set("s3:a", b"new")
    assert store.get("s3:a") == b"new"


def test_a_process_that_is_killed_in_a_batch_leaves_none_of_it(path: Path, key: FileKey, store: EncryptedFile) -> None:
    store.set("s3:a", b"old")
    code = """
import os, signal, sys
from pathlib import Path
from pondpilot_secrets.keychain.encrypted_file import FileKey, EncryptedFile
store = EncryptedFile.open(Path(sys.argv[1]), [FileKey(Path(sys.argv[2]))])
with store._transaction():
    store._connection.execute("DELETE FROM items")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code, str(path), str(key.path)], check=False).returncode == -9
    assert store.get("s3:a") == b"old"


def test_a_file_that_is_there_is_never_made_anew(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set("s3:a", b"value")
    with pytest.raises(VaultError, match="is there already"):
        EncryptedFile.create(path, [key])
    assert store.get("s3:a") == b"value"


def test_what_a_crash_left_half_made_is_no_store_and_in_nobodys_way(path: Path, key: FileKey) -> None:
    path.with_name("secrets.db.new").write_bytes(b"half")
    with pytest.raises(VaultError, match="missing"):
        EncryptedFile.open(path, [key])
    EncryptedFile.create(path, [key]).close()
    assert sorted(file.name for file in path.parent.iterdir()) == ["pond.key", "secrets.db"]


@pytest.mark.parametrize("statement", [
    "DROP TABLE items",
    "DROP TABLE slots",
    "DROP TABLE header",
    "DELETE FROM header WHERE name = 'epoch'",
    "UPDATE header SET value = 'one' WHERE name = 'epoch'",
    "DELETE FROM header WHERE name = 'id'",
    "ALTER TABLE slots RENAME COLUMN wrapped TO unwrapped",
])  # fmt: skip
def test_a_file_that_lacks_something_is_1018(path: Path, key: FileKey, statement: str) -> None:
    EncryptedFile.create(path, [key]).close()
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(VaultError) as refused, contextlib.closing(EncryptedFile.open(path, [key])) as opened:
        opened.list_accounts()
    assert refused.value.code == 1018


@pytest.mark.parametrize("version", ["2", "0", "", "1.1", "one"])
def test_a_file_of_another_format_is_left_alone(
    store: EncryptedFile, path: Path, key: FileKey, change: Change, version: str
) -> None:
    change("UPDATE header SET value = ? WHERE name = 'format'", version)
    with pytest.raises(VaultError, match="format that this version does not know") as refused:
        EncryptedFile.open(path, [key])
    assert refused.value.hint == "upgrade pondpilot-secrets"


def test_a_file_cut_short_is_1018_or_1006_and_never_wrong(path: Path, key: FileKey) -> None:
    store = EncryptedFile.create(path, [key])
    payloads = {f"s3:{number}": bytes([number]) * 3000 for number in range(30)}
    store.set_many(payloads)
    store.close()
    whole = path.read_bytes()
    failures = 0
    for length in range(0, len(whole), 4096):
        copy = path.with_name("copy.db")
        copy.write_bytes(whole[:length])
        try:
            opened = EncryptedFile.open(copy, [key])
            try:
                for account, payload in payloads.items():
                    assert opened.get(account) == payload
            finally:
                opened.close()
        except SecretError as error:
            assert error.code in (1006, 1016, 1018)  # noqa: PT017
            failures += 1
        for file in path.parent.glob("copy.db*"):
            file.unlink()
    assert failures == len(range(0, len(whole), 4096))


def test_another_way_in_can_be_added_and_taken_away(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set("s3:a", b"value")
    store.change_slots([passphrase("horse")])
    store.change_slots([passphrase("donkey")])
    for word in ("horse", "donkey"):
        opened = EncryptedFile.open(path, [passphrase(word)])
        assert opened.get("s3:a") == b"value"
        opened.close()
    assert len(store.change_slots(drop=["passphrase"])) == 2
    with pytest.raises(SecretError):
        EncryptedFile.open(path, [passphrase("horse")])
    EncryptedFile.open(path, [key]).close()


def test_the_last_way_in_is_not_taken_away(store: EncryptedFile, path: Path, key: FileKey) -> None:
    with pytest.raises(VaultError, match="only way into"):
        store.change_slots(drop=["file"])
    EncryptedFile.open(path, [key]).close()
    assert len(store.change_slots(drop=["passphrase"])) == 0
    store.change_slots([passphrase("horse")])
    assert len(store.change_slots(drop=["file"])) == 1
    with pytest.raises(VaultError, match="only way into"):
        store.change_slots(drop=["passphrase"])
    EncryptedFile.open(path, [passphrase("horse")]).close()


def test_a_copy_of_the_file_is_a_backup(store: EncryptedFile, path: Path, key: FileKey) -> None:
    store.set("s3:a", b"value")
    store.close()
    shutil.copy(path, path.with_name("backup.db"))
    opened = EncryptedFile.open(path.with_name("backup.db"), [key])
    assert opened.get("s3:a") == b"value"
    opened.close()


def test_threads_that_write_batches_never_show_half_a_batch(store: EncryptedFile) -> None:
    accounts = [f"s3:{number}" for number in range(5)]
    store.set_many(dict.fromkeys(accounts, b"0"))
    stop, torn = threading.Event(), []

    def read() -> None:
        while not stop.is_set():
            seen = set(map(bytes, store.get_many(accounts).values()))
            if len(seen) != 1:
                torn.append(seen)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        store.set_many(dict.fromkeys(accounts, b"%d" % number))
    stop.set()
    reader.join()
    assert torn == []


def sqlite_rows(path: Path, statement: str) -> list[tuple]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_a_forked_child_saves_is_there_after_its_parent_closed(
    store: EncryptedFile, path: Path, key: FileKey
) -> None:
    store.set("s3:parent", b"before")
    go_on, parent_closed = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.read(go_on, 1)
            store.set("s3:child", b"of the child")
            store.close()
            status = 0
        finally:
            os._exit(status)
    store.set("s3:parent", b"after")
    store.close()
    os.write(parent_closed, b".")
    assert os.waitpid(child, 0)[1] == 0
    for descriptor in (go_on, parent_closed):
        os.close(descriptor)
    with contextlib.closing(EncryptedFile.open(path, [key])) as opened:
        assert opened.get_many(["s3:parent", "s3:child"]) == {"s3:parent": b"after", "s3:child": b"of the child"}


def test_a_closed_store_is_not_called_damaged(store: EncryptedFile) -> None:
    store.close()
    store.close()
    for use in (lambda: store.get("s3:a"), lambda: store.set("s3:a", b"x"), store.list_accounts):
        with pytest.raises(VaultError, match="is closed"):
            use()


def test_a_file_that_nothing_opens_is_not_made(path: Path) -> None:
    with pytest.raises(VaultError, match="at least one key is required"):
        EncryptedFile.create(path, [])
    assert not path.exists()


def test_closing_wipes_the_key_and_may_be_repeated(store: EncryptedFile) -> None:
    store.set("s3:a", b"value")
    held = store._data_key
    store.close()
    store.close()
    assert held.closed
    with pytest.raises(SecretError):
        store.get("s3:a")


def test_what_an_interrupted_making_left_does_not_get_into_the_next_file(tmp_path: Path) -> None:
    key = FileKey(tmp_path / "key")
    other = EncryptedFile.create(tmp_path / "other.db", [key])
    other.set("s3:1", b"of another time")  # lies in its write-ahead log until it is closed
    for name in tmp_path.glob("other.db*"):
        shutil.copy(name, tmp_path / name.name.replace("other.db", "secrets.db.new"))

    (tmp_path / "secrets.db.new-journal").write_bytes(b"half a journal")
    other.close()
    made = EncryptedFile.create(tmp_path / "secrets.db", [key])
    assert made.list_accounts() == []
    made.close()
    assert list(tmp_path.glob("secrets.db.new*")) == []
