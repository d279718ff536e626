"""`SealedStore`: the provider over one SQLite file, for several threads and processes at once."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, Self

from pondpilot_secrets.errors import CredentialMissingError, DecryptionFailedError, VaultBusyError, VaultError
from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.keychain.sealed import slots as key_slots
from pondpilot_secrets.keychain.sealed.aead import NONCE_LENGTH, cipher, seal_with, unseal_with
from pondpilot_secrets.keychain.sealed.keys import KEY_LENGTH
from pondpilot_secrets.keychain.sealed.slots import Slot
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.sealed.keys import KeySource

FORMAT = "1"
_BUSY_TIMEOUT = 5.0
_AT_ONCE = 500

_SCHEMA = """
CREATE TABLE sealed (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE slots (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, parameters TEXT NOT NULL,
                    nonce BLOB NOT NULL, wrapped BLOB NOT NULL);
CREATE TABLE items (account TEXT PRIMARY KEY, nonce BLOB NOT NULL, sealed BLOB NOT NULL);
"""


class SealedStore:
    """Payloads sealed under a random data key. Safe to share between threads; the key is wiped on `close`."""

    name = "sealed"

    def __init__(self, path: Path, connection: sqlite3.Connection, file_id: str, data_key: SecureString) -> None:
        self.path = path
        self._connection = connection
        self._file_id = file_id
        self._epoch = _epoch(path, connection)
        self._use(data_key)
        self._lock = threading.RLock()

    def _use(self, data_key: SecureString) -> None:
        self._data_key = data_key
        self._cipher = cipher(data_key)

    @classmethod
    def create(cls, path: Path, keys: Sequence[KeySource]) -> Self:
        """Make a new store that any of the keys opens; raises `VaultError` when the file is there already."""
        if path.exists():
            raise VaultError(f"{path} is there already", hint="open it, or move it away")
        file_id, data_key = os.urandom(16).hex(), SecureString.take(bytearray(os.urandom(KEY_LENGTH)))
        made = [key_slots.wrapped_for(key, data_key, file_id, number) for number, key in enumerate(keys, 1)]
        # Made under another name, so that a store is whole or absent whenever the power fails.
        unborn = path.with_name(f"{path.name}.new")
        _remove_file(unborn)
        with contextlib.closing(_connect(unborn, create=True)) as connection:
            connection.executescript(_SCHEMA)
            connection.executemany(
                "INSERT INTO sealed VALUES (?, ?)", [("format", FORMAT), ("id", file_id), ("epoch", "1")]
            )
            _insert_slots(connection, made)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        unborn.replace(path)
        return cls(path, _connect(path), file_id, data_key)

    @classmethod
    def open(cls, path: Path, keys: Sequence[KeySource]) -> Self:
        """Open a store with the first of the keys that fits.

        Raises `DecryptionFailedError` (1006) when none does, `VaultError` (1018) when the file is missing or damaged.
        """
        connection = _connect(path)
        try:
            file_id, slots = _read_header(path, connection)
            return cls(path, connection, file_id, key_slots.opened_with(keys, slots, file_id))
        except BaseException:
            connection.close()
            raise

    @staticmethod
    def kinds_of_slots(path: Path) -> tuple[str, ...]:
        """Return the ways in that a store has, without opening any."""
        with contextlib.closing(_connect(path)) as connection:
            return tuple(slot.kind for slot in _read_header(path, connection)[1])

    @staticmethod
    def is_empty(path: Path) -> bool:
        """Whether a store holds no item, without opening it."""
        with contextlib.closing(_connect(path)) as connection, _translated(path):
            return connection.execute("SELECT 1 FROM items LIMIT 1").fetchone() is None

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a store that nobody has open, and what an interrupted `create` left beside it."""
        for name in (path, path.with_name(f"{path.name}.new")):
            _remove_file(name)

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`. Raises `DecryptionFailedError` for one that was changed."""
        with self._lock, _translated(self.path):
            row = self._connection.execute("SELECT nonce, sealed FROM items WHERE account = ?", (account,)).fetchone()
        if row is None:
            raise CredentialMissingError(f"there is no item {account} in {self.path}")
        return self._opened(account, *row)

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads of those accounts that exist."""
        rows = []
        with self._lock, _translated(self.path):
            for start in range(0, len(accounts), _AT_ONCE):
                wanted = accounts[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(wanted))
                rows += self._connection.execute(
                    f"SELECT account, nonce, sealed FROM items WHERE account IN ({marks})", wanted
                ).fetchall()
        return {account: self._opened(account, nonce, sealed) for account, nonce, sealed in rows}

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload."""
        self.set_many({account: payload})

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store all payloads or none; afterwards they survive a power failure."""
        rows = [(account, *self._sealed(account, payload)) for account, payload in payloads.items()]
        with self._transaction():
            self._refuse_other_epoch()
            self._connection.executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", rows)

    def delete(self, account: str) -> None:
        """Remove the payload; SQLite overwrites what it held."""
        with self._transaction():
            self._connection.execute("DELETE FROM items WHERE account = ?", (account,))

    def list_accounts(self) -> list[str]:
        """Return every account, sorted."""
        with self._lock, _translated(self.path):
            return [account for (account,) in self._connection.execute("SELECT account FROM items ORDER BY account")]

    def status(self) -> KeychainStatus:
        """An open store answers and is unlocked."""
        return KeychainStatus(True, False, f"sealed file {self.path}")

    def unlock(self) -> None:
        """Do nothing: a store that is open is unlocked."""

    def add_slot(self, key: KeySource) -> None:
        """Let another key open the store."""
        with self._transaction():
            slots = _read_header(self.path, self._connection)[1]
            number = max((slot.number for slot in slots), default=0) + 1
            _insert_slots(self._connection, [key_slots.wrapped_for(key, self._data_key, self._file_id, number)])

    def remove_slots(self, kind: str) -> int:
        """Take away the slots of a kind and return how many; raises `VaultError` for the last way in."""
        with self._transaction():
            removed = self._connection.execute("DELETE FROM slots WHERE kind = ?", (kind,)).rowcount
            if not self._connection.execute("SELECT count(*) FROM slots").fetchone()[0]:
                raise VaultError(f"{kind} is the only way into {self.path}", hint="add another key first")
        return removed

    def rekey(self, keys: Sequence[KeySource]) -> int:
        """Seal everything anew under a new data key that these keys, and no older ones, open; returns how many items.

        One transaction: after a crash the store is wholly under the old key or wholly under the new one.
        """
        new_key = SecureString.take(bytearray(os.urandom(KEY_LENGTH)))
        slots = [key_slots.wrapped_for(key, new_key, self._file_id, number) for number, key in enumerate(keys, 1)]
        with self._transaction():
            self._refuse_other_epoch()
            payloads = self.get_many(self.list_accounts())
            old_key, old_cipher = self._data_key, self._cipher
            self._use(new_key)
            try:
                rows = [(*self._sealed(account, payload), account) for account, payload in payloads.items()]
                self._connection.executemany("UPDATE items SET nonce = ?, sealed = ? WHERE account = ?", rows)
                self._connection.execute("UPDATE sealed SET value = value + 1 WHERE name = 'epoch'")
                self._connection.execute("DELETE FROM slots")
                _insert_slots(self._connection, slots)
            except BaseException:
                self._data_key, self._cipher = old_key, old_cipher
                raise
            finally:
                for payload in payloads.values():
                    payload[:] = bytes(len(payload))
        self._epoch += 1
        old_key.close()
        return len(rows)

    def close(self) -> None:
        """Wipe the data key and close the file; calling it again does nothing."""
        with self._lock:
            self._data_key.close()
            self._connection.close()

    def _sealed(self, account: str, payload: Payload) -> tuple[bytes, bytes]:
        nonce = os.urandom(NONCE_LENGTH)
        return nonce, seal_with(self._cipher, nonce, payload, self._context(account))

    def _opened(self, account: str, nonce: bytes, sealed: bytes) -> bytearray:
        payload = unseal_with(self._cipher, nonce, sealed, self._context(account))
        if payload is None:
            self._refuse_other_epoch()
            raise DecryptionFailedError(
                f"the item {account} in {self.path} is not what was sealed: the file was changed or is damaged",
                hint="put back a backup of the file, or enter this secret again with `pond edit NAME`",
            )
        return payload

    def _refuse_other_epoch(self) -> None:
        """Notice that another process rekeyed the store: what this one would write, nobody could open."""
        with self._lock:
            if _epoch(self.path, self._connection) != self._epoch:
                raise VaultError(f"{self.path} was rekeyed by another process", hint="open the vault again")

    def _context(self, account: str) -> bytes:
        return f"pondpilot-secrets sealed v1\0item\0{self._file_id}\0{account}".encode()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, _translated(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _connect(path: Path, *, create: bool = False) -> sqlite3.Connection:
    if create:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    elif not path.exists():
        raise VaultError(f"the sealed file {path} is missing", hint="put it back from a backup")
    with _translated(path):
        connection = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
                connection.execute(f"PRAGMA {pragma}")
        except BaseException:
            connection.close()
            raise
    return connection


def _remove_file(path: Path) -> None:
    """Remove an SQLite file, its log first: one that is left alone would be taken for that of the next file of this name."""
    for suffix in ("-wal", "-journal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _read_header(path: Path, connection: sqlite3.Connection) -> tuple[str, list[Slot]]:
    with _translated(path):
        header = dict(connection.execute("SELECT name, value FROM sealed").fetchall())
        rows = connection.execute("SELECT number, kind, parameters, nonce, wrapped FROM slots").fetchall()
    if header.get("format") != FORMAT or "id" not in header:
        raise VaultError(f"{path} is of a format that this version does not know", hint="upgrade pondpilot-secrets")
    try:
        return header["id"], [Slot(row[0], row[1], json.loads(row[2]), row[3], row[4]) for row in rows]
    except (ValueError, TypeError):
        raise _damaged(path) from None


def _epoch(path: Path, connection: sqlite3.Connection) -> int:
    """How many keys the store has had."""
    with _translated(path):
        row = connection.execute("SELECT value FROM sealed WHERE name = 'epoch'").fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise _damaged(path)
    return int(row[0])


def _insert_slots(connection: sqlite3.Connection, slots: Iterable[Slot]) -> None:
    connection.executemany(
        "INSERT INTO slots VALUES (?, ?, ?, ?, ?)",
        [(slot.number, slot.kind, json.dumps(slot.parameters), slot.nonce, slot.wrapped) for slot in slots],
    )


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            waited = time.monotonic() - started
            raise VaultBusyError(f"{path} was kept busy by another process for {waited:.0f} s") from error
        raise VaultError(f"{path} cannot be used: {error}", hint="is the disk full, or the file read-only?") from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> VaultError:
    return VaultError(f"{path} is damaged", hint="put it back from a backup; do not delete it, parts may be recovered")
