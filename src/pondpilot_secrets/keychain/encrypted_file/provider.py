"""`EncryptedFile`: the provider over one SQLite file, for several threads and processes at once."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from pondpilot_secrets import log, sqlite_files
from pondpilot_secrets.errors import (
    CredentialMissingError,
    DecryptionFailedError,
    SecretError,
    VaultError,
)
from pondpilot_secrets.keychain.base import KeychainStatus
from pondpilot_secrets.keychain.encrypted_file import key_slots
from pondpilot_secrets.keychain.encrypted_file.aead import NONCE_LENGTH, cipher, decrypt_with, encrypt_with
from pondpilot_secrets.keychain.encrypted_file.key_slots import KeySlot
from pondpilot_secrets.keychain.encrypted_file.key_sources import KEY_LENGTH
from pondpilot_secrets.keychain.encrypted_file.sqlite_file import connect, damaged, mapped_errors
from pondpilot_secrets.secure import SecureString, wipe
from pondpilot_secrets.secure.fork_safety import ForkSafe

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.encrypted_file.key_sources import KeySource

FORMAT = "1"
_AT_ONCE = 500

_SCHEMA = """
CREATE TABLE header (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE slots (number INTEGER PRIMARY KEY, kind TEXT NOT NULL, parameters TEXT NOT NULL,
                    nonce BLOB NOT NULL, wrapped BLOB NOT NULL);
CREATE TABLE items (account TEXT PRIMARY KEY, nonce BLOB NOT NULL, ciphertext BLOB NOT NULL);
"""

# SQLite keeps any kind of value in any column; a changed file must not surprise what follows.
_ITEM = "CAST(nonce AS BLOB), CAST(ciphertext AS BLOB)"
_SLOT = "number, CAST(kind AS TEXT), CAST(parameters AS TEXT), CAST(nonce AS BLOB), CAST(wrapped AS BLOB)"


class EncryptedFile(ForkSafe):
    """Payloads encrypted under a random data key. Safe to share between threads; the key is wiped on `close`."""

    name = "file"

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        file_id: str,
        data_key: SecureString,
        epoch: int,
        opened_by: KeySlot,
    ) -> None:
        super().__init__(path, connection)
        self.opened_by = opened_by
        self._file_id = file_id
        self._epoch = epoch
        self._use(data_key)
        self._closed = False

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            if self._closed:
                raise VaultError(f"{self.path} is closed", hint="open the vault again")
            self._connection = connect(self.path)
        return self._connection

    def _use(self, data_key: SecureString) -> None:
        self._data_key = data_key
        self._cipher = cipher(data_key)

    @classmethod
    def create(cls, path: Path, keys: Sequence[KeySource]) -> Self:
        """Make a new store that any of the keys opens; raises `VaultError` when the file is there already."""
        _require_keys(keys)
        if path.exists():
            raise VaultError(f"{path} is there already", hint="open it, or move it away")
        file_id, data_key = os.urandom(16).hex(), SecureString.take(os.urandom(KEY_LENGTH))
        try:
            slots = [key_slots.wrap_data_key(key, data_key, file_id, number) for number, key in enumerate(keys, 1)]
            _write_new(path, file_id, slots)
            return cls(path, connect(path), file_id, data_key, 1, slots[0])
        except BaseException:
            data_key.close()
            raise

    @classmethod
    def open(cls, path: Path, keys: Sequence[KeySource]) -> Self:
        """Open a store with the first of the keys that fits.

        Raises `DecryptionFailedError` (1006) when none does, `VaultError` (1018) when the file is missing or damaged.
        """
        connection = connect(path)
        try:
            # The number of the key is of the moment before the slots were read: where another process puts a new key in
            # force while somebody types a passphrase, the old one is noticed before anything is written under it.
            epoch = _epoch(path, connection)
            file_id, slots = _read_header(path, connection)
            data_key, slot = key_slots.unwrap_data_key(keys, slots, file_id, path)
            return cls(path, connection, file_id, data_key, epoch, slot)
        except BaseException:
            connection.close()
            raise

    @staticmethod
    def kinds_of_slots(path: Path) -> tuple[str, ...]:
        """Return the ways in that a store has, without opening any."""
        with contextlib.closing(connect(path)) as connection:
            return tuple(slot.kind for slot in _read_header(path, connection)[1])

    @staticmethod
    def is_empty(path: Path) -> bool:
        """Whether a store holds no item, without opening it."""
        with contextlib.closing(connect(path)) as connection, mapped_errors(path):
            return connection.execute("SELECT 1 FROM items LIMIT 1").fetchone() is None

    @staticmethod
    def remove(path: Path) -> None:
        """Remove a store that nobody has open, and what an interrupted `create` left beside it."""
        for name in (path, path.with_name(f"{path.name}.new")):
            sqlite_files.remove(name)

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`. Raises `DecryptionFailedError` for one that was changed."""
        with self._lock, mapped_errors(self.path):
            row = self._live().execute(f"SELECT {_ITEM} FROM items WHERE account = ?", (account,)).fetchone()
            if row is None:
                raise CredentialMissingError(f"there is no item {account} in {self.path}")
            return self._decrypt(account, *row)

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads of those accounts that exist."""
        rows = []
        with self._lock, mapped_errors(self.path):
            for start in range(0, len(accounts), _AT_ONCE):
                wanted = accounts[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(wanted))
                rows += (
                    self._live()
                    .execute(f"SELECT account, {_ITEM} FROM items WHERE account IN ({marks})", wanted)
                    .fetchall()
                )
            return self._decrypt_all(rows)

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload."""
        self.set_many({account: payload})

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store all payloads or none; afterwards they survive a power failure."""
        with self._transaction():
            self._check_epoch()
            rows = [(account, *self._encrypt(self._cipher, account, payload)) for account, payload in payloads.items()]
            self._live().executemany("INSERT OR REPLACE INTO items VALUES (?, ?, ?)", rows)

    def delete(self, account: str) -> None:
        """Remove the payload; SQLite overwrites what it held."""
        with self._transaction():
            self._live().execute("DELETE FROM items WHERE account = ?", (account,))

    def list_accounts(self) -> list[str]:
        """Return every account, sorted."""
        with self._lock, mapped_errors(self.path):
            return [account for (account,) in self._live().execute("SELECT account FROM items ORDER BY account")]

    def status(self) -> KeychainStatus:
        """An open store answers and is unlocked."""
        return KeychainStatus(True, False, f"encrypted file {self.path}")

    def unlock(self) -> None:
        """Do nothing: a store that is open is unlocked."""

    def slots(self) -> list[KeySlot]:
        """Return the ways in, as the file has them now."""
        with self._lock:
            return _read_header(self.path, self._live())[1]

    def change_slots(
        self, add: Sequence[KeySource] = (), *, drop: Collection[str] = (), used: KeySlot | None = None
    ) -> list[KeySlot]:
        """Let more keys open the store, and take away the slots of some kinds and one that was used; returns those.

        One transaction. Raises `DecryptionFailedError` when the used slot is gone by now, so that a recovery code serves
        one of two at a time only, and `VaultError` when nothing but recovery codes would be left.
        """
        made = [key_slots.wrap_data_key(key, self._data_key, self._file_id, 0) for key in add]
        with self._transaction():
            self._check_epoch()
            before = self.slots()
            if used is not None and used not in before:
                raise DecryptionFailedError("this recovery code was just used by another process", hint="take the next")
            removed = [slot for slot in before if slot.kind in drop or slot == used]
            lasting = [slot for slot in (*before, *made) if slot not in removed and slot.kind != "recovery"]
            if not lasting:
                raise VaultError(f"this would take away the only way into {self.path}", hint="add another key first")
            self._live().executemany("DELETE FROM slots WHERE number = ?", [(slot.number,) for slot in removed])
            first = 1 + max((slot.number for slot in before), default=0)
            _insert_slots(self._live(), [replace(slot, number=number) for number, slot in enumerate(made, first)])
        return removed

    def rekey(self, keys: Sequence[KeySource]) -> int:
        """Encrypt everything again under a new data key that these keys, and no older ones, open; returns how many items.

        One transaction: after a crash the store is wholly under the old key or wholly under the new one.
        """
        _require_keys(keys)
        new_key = SecureString.take(os.urandom(KEY_LENGTH))
        try:
            slots = [key_slots.wrap_data_key(key, new_key, self._file_id, number) for number, key in enumerate(keys, 1)]
            with self._lock:
                count, old_slots = self._replace_key(new_key, slots)
        except BaseException:
            new_key.close()
            raise
        _discard(keys, old_slots)
        return count

    def _replace_key(self, new_key: SecureString, slots: Sequence[KeySlot]) -> tuple[int, list[KeySlot]]:
        with self._transaction():
            self._check_epoch()
            old_slots = _read_header(self.path, self._live())[1]
            count = self._encrypt_again(cipher(new_key))
            self._live().execute("UPDATE header SET value = value + 1 WHERE name = 'epoch'")
            self._live().execute("DELETE FROM slots")
            _insert_slots(self._live(), slots)
        self._data_key.close()
        self._use(new_key)
        self._epoch += 1
        return count, old_slots

    def _encrypt_again(self, new_cipher: AESGCM) -> int:
        payloads = self.get_many(self.list_accounts())
        try:
            rows = [(*self._encrypt(new_cipher, account, payload), account) for account, payload in payloads.items()]
        finally:
            for payload in payloads.values():
                wipe(payload)
        self._live().executemany("UPDATE items SET nonce = ?, ciphertext = ? WHERE account = ?", rows)
        return len(rows)

    def close(self) -> None:
        """Wipe the data key and close the file; calling it again does nothing."""
        with self._lock:
            self._closed = True
            self._data_key.close()
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _encrypt(self, aead: AESGCM, account: str, payload: Payload) -> tuple[bytes, bytes]:
        nonce = os.urandom(NONCE_LENGTH)
        return nonce, encrypt_with(aead, nonce, payload, self._context(account))

    def _decrypt(self, account: str, nonce: bytes, ciphertext: bytes) -> bytearray:
        payload = decrypt_with(self._cipher, nonce, ciphertext, self._context(account))
        if payload is None:
            self._check_epoch()
            raise DecryptionFailedError(
                f"the item {account} in {self.path} is not what was encrypted: the file was changed or is damaged",
                hint="put back a backup of the file, or enter this secret again with `pond edit NAME`",
            )
        return payload

    def _decrypt_all(self, rows: Iterable[tuple[str, bytes, bytes]]) -> dict[str, bytearray]:
        payloads: dict[str, bytearray] = {}
        try:
            for account, nonce, ciphertext in rows:
                payloads[account] = self._decrypt(account, nonce, ciphertext)
        except BaseException:
            for payload in payloads.values():
                wipe(payload)
            raise
        return payloads

    def _check_epoch(self) -> None:
        """Notice that another process rekeyed the store: what this one would write, nobody could open."""
        with self._lock:
            if _epoch(self.path, self._live()) != self._epoch:
                raise VaultError(f"{self.path} was rekeyed by another process", hint="open the vault again")

    def _context(self, account: str) -> bytes:
        return f"pondpilot-secrets encrypted-file v1\0item\0{self._file_id}\0{account}".encode()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock, mapped_errors(self.path):
            self._live().execute("BEGIN IMMEDIATE")
            try:
                yield
                self._live().execute("COMMIT")
            except BaseException:
                if self._live().in_transaction:  # a disk that is full may have ended it already
                    self._live().execute("ROLLBACK")
                raise


def _write_new(path: Path, file_id: str, slots: Sequence[KeySlot]) -> None:
    """Make the file under another name first, so that a store is whole or absent whenever the power fails."""
    unfinished = path.with_name(f"{path.name}.new")
    sqlite_files.remove(unfinished)
    try:
        with mapped_errors(path), contextlib.closing(connect(unfinished, create=True)) as connection:
            connection.executescript(_SCHEMA)
            header = [("format", FORMAT), ("id", file_id), ("epoch", "1")]
            connection.executemany("INSERT INTO header VALUES (?, ?)", header)
            _insert_slots(connection, slots)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        unfinished.replace(path)
    finally:
        sqlite_files.remove(unfinished)


def _read_header(path: Path, connection: sqlite3.Connection) -> tuple[str, list[KeySlot]]:
    with mapped_errors(path):
        header = dict(connection.execute("SELECT name, value FROM header").fetchall())
        rows = connection.execute(f"SELECT {_SLOT} FROM slots ORDER BY number").fetchall()
    if header.get("format") != FORMAT or "id" not in header:
        raise VaultError(f"{path} is of a format that this version does not know", hint="upgrade pondpilot-secrets")
    try:
        return header["id"], [KeySlot(row[0], row[1], json.loads(row[2]), row[3], row[4]) for row in rows]
    except (ValueError, TypeError, RecursionError):
        raise damaged(path) from None


def _epoch(path: Path, connection: sqlite3.Connection) -> int:
    """How many keys the store has had."""
    with mapped_errors(path):
        row = connection.execute("SELECT value FROM header WHERE name = 'epoch'").fetchone()
    if row is None or not str(row[0]).isdecimal():
        raise damaged(path)
    return int(row[0])


def _require_keys(keys: Sequence[KeySource]) -> None:
    if not keys:
        raise VaultError("at least one key is required", hint="give a key file or a passphrase")


def _discard(keys: Sequence[KeySource], slots: Iterable[KeySlot]) -> None:
    """Have the keys remove what older slots of their kind needed; where that fails, something useless stays behind."""
    for key in keys:
        for slot in slots:
            if slot.kind == key.kind:
                try:
                    key.discard(slot.parameters)
                except (SecretError, KeyError) as error:
                    log.info("keychain", "what key slot %d needed stays behind: %s", slot.number, type(error).__name__)


def _insert_slots(connection: sqlite3.Connection, slots: Iterable[KeySlot]) -> None:
    connection.executemany(
        "INSERT INTO slots VALUES (?, ?, ?, ?, ?)",
        [(slot.number, slot.kind, json.dumps(slot.parameters), slot.nonce, slot.wrapped) for slot in slots],
    )
