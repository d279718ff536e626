"""`MetadataStore`: all that is known of the secrets, and how far each write has come."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Self

from pondpilot_secrets import log
from pondpilot_secrets.errors import NameTakenError, SecretNotFoundError, VaultBusyError, VaultError
from pondpilot_secrets.metadata import listing, lookup, rows
from pondpilot_secrets.metadata.case_folding import fold, search_text
from pondpilot_secrets.metadata.checksum import checksum_of
from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.full_text import LARGE, FullTextIndex
from pondpilot_secrets.metadata.listing import FEW, VISIBLE, Listing
from pondpilot_secrets.models import SecretMetadata, SecretState

if TYPE_CHECKING:
    import builtins
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType

    from pondpilot_secrets.metadata.integrity import Corruption


class IncompleteWrite(NamedTuple):
    """A write that was begun and not ended: the row as it stands, and for an edit what it was to become."""

    metadata: SecretMetadata
    proposal: SecretMetadata | None = None


class MetadataStore:
    """The secrets' metadata in one SQLite file, for several threads and processes at once.

    Each method is a transaction of its own unless it is called inside `transaction()`. Writers hold the vault's
    `WriteLock` over a whole save, edit or delete; readers need nothing.
    """

    def __init__(self, database: Database, *, large: int = LARGE, few: int = FEW) -> None:
        """`large` is the number of secrets from which on searches have an index, `few` that up to which one is used."""
        self.database = database
        self._full_text = FullTextIndex(database, large)
        self._few = few

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open the file, making it or bringing it up to date as needed.

        Raises `VaultError` (1018) when it is damaged, of a newer version, not readable, or missing and `read_only`.
        """
        return cls(Database.open(path, read_only=read_only))

    def close(self) -> None:
        """Close the file; calling it again does nothing."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def transaction(self, *, durable: bool = True) -> AbstractContextManager[None]:
        """Do several things together or not at all; see `Database.transaction` for `durable`."""
        return self.database.transaction(durable=durable)

    # --- writing, in the steps that `vault/secret_writer.py` takes ---

    def insert_pending(self, metadata: SecretMetadata | Iterable[SecretMetadata]) -> None:
        """Announce secrets that are about to be saved. Raises `NameTakenError`, and then announces none.

        Raises `InvalidCredentialsError` for text that is not Unicode.
        """
        new = [metadata] if isinstance(metadata, SecretMetadata) else list(metadata)
        for each in new:
            rows.reject_surrogates(each)
        try:
            with self.transaction():
                self._reject_proposed(new)
                self.database.change_many(rows.INSERT, [rows.insert_values(each, SecretState.PENDING) for each in new])
                self._add_tags(new)
                self._full_text.create_if_large()
        except sqlite3.IntegrityError as error:
            self._explain(error, new)

    def mark_ready(self, ids: Sequence[str]) -> None:
        """Tell that the credentials of pending secrets are in the keychain."""
        with self.transaction():
            changed = self.database.change_many(
                "UPDATE secrets SET state = 'ready' WHERE id = ? AND state = 'pending'", [(id_,) for id_ in ids]
            )
            if ids and changed != len(ids):
                raise SecretNotFoundError("a secret that was being saved has disappeared", hint="save it again")

    def begin_update(self, new: SecretMetadata) -> None:
        """Announce an edit that changes the keychain item: the row keeps what it holds, beside what it will hold.

        Raises `NameTakenError`, `SecretNotFoundError`, or `VaultBusyError` while an earlier edit of this secret waits to
        be completed or rolled back.
        """
        rows.reject_surrogates(new)
        key = fold(new.name)
        with self.transaction():
            taken = self.database.row(
                "SELECT name FROM secrets WHERE (name_key = ? OR proposed_key = ?) AND id <> ?", (key, key, new.id)
            )
            if taken is not None:
                raise _name_taken(new.name)
            changed = self.database.change(
                "UPDATE secrets SET state = 'updating', proposal = ?, proposed_key = ? WHERE id = ? AND state = 'ready'",
                (rows.proposal_json(new), key, new.id),
            )
            if not changed:
                self._reject_unready(new)

    def finish_update(self, secret_id: str) -> None:
        """Let the row take over what `begin_update` announced: the keychain has it."""
        with self.transaction():
            row = self.database.row("SELECT proposal FROM secrets WHERE id = ? AND state = 'updating'", (secret_id,))
            if row is None or row[0] is None:
                raise SecretNotFoundError("a secret that was being changed has disappeared", hint="save it again")
            new = rows.parse_proposal(self.database, row[0])
            # Uses that were counted since the edit began are the row's, not the proposal's.
            self.database.change(
                "UPDATE secrets SET type = ?, provider = ?, scopes = ?, field_names = ?, revision = ?, state = 'ready',"
                " proposal = NULL, proposed_key = NULL WHERE id = ?",
                (new.type, new.provider, rows.as_json(new.scopes), rows.as_json(new.field_names), new.revision, new.id),
            )
            self._change_details(new)

    def roll_back_update(self, secret_id: str) -> None:
        """Drop what `begin_update` announced: the keychain never got it."""
        with self.transaction():
            self.database.change(
                "UPDATE secrets SET state = 'ready', proposal = NULL, proposed_key = NULL"
                " WHERE id = ? AND state = 'updating'",
                (secret_id,),
            )

    def update_details(self, new: SecretMetadata) -> None:
        """Change name, tags, description, expiry, inject-only and time of change, none of which the keychain knows.

        Raises `NameTakenError` and `SecretNotFoundError`.
        """
        rows.reject_surrogates(new)
        with self.transaction():
            self._reject_proposed([new])
            self._change_details(new)

    def mark_deleting(self, ids: Sequence[str]) -> None:
        """Announce that secrets are about to be deleted: from now on nobody is told of them."""
        with self.transaction():
            self.database.change_many(
                "UPDATE secrets SET state = 'deleting', proposal = NULL, proposed_key = NULL WHERE id = ?",
                [(id_,) for id_ in ids],
            )

    def unmark_deleting(self, ids: Sequence[str]) -> None:
        """Take back that secrets are about to be deleted: they are as they were."""
        with self.transaction():
            self.database.change_many(
                "UPDATE secrets SET state = 'ready' WHERE id = ? AND state = 'deleting'", [(id_,) for id_ in ids]
            )

    def remove(self, ids: Sequence[str]) -> None:
        """Forget secrets whose credentials are gone."""
        with self.transaction():
            self.database.change_many("DELETE FROM secrets WHERE id = ?", [(id_,) for id_ in ids])

    def record_use(self, ids: Sequence[str], at: datetime) -> None:
        """Count a use of each secret; a clock that was set back never makes the last use older."""
        moment = rows.microseconds(at)
        with self.database.transaction(durable=False, savepoint=False):
            self.database.change_many(
                "UPDATE secrets SET use_count = use_count + 1, last_used_at = max(coalesce(last_used_at, ?), ?)"
                " WHERE id = ?",
                [(moment, moment, id_) for id_ in ids],
            )

    def rebuild_indexes(self) -> None:
        """Rebuild every index from its table's rows; raises `VaultError` where the rows do not allow that."""
        with self.transaction():
            try:
                self.database.change("REINDEX")
            except sqlite3.IntegrityError as error:
                raise self.database.corrupt_file(str(error)) from error
            self.database.change("DELETE FROM secret_tags WHERE secret NOT IN (SELECT key FROM secrets)")
            self._full_text.rebuild()

    def roll_back_unreadable_updates(self) -> None:
        """Drop what incomplete edits will make of their rows, where that cannot be read."""
        from pondpilot_secrets.metadata import integrity

        with self.transaction():
            for key, proposal in self.database.rows(
                "SELECT key, CAST(proposal AS BLOB) FROM secrets WHERE proposal IS NOT NULL"
            ):
                if not integrity.is_sound_proposal(self.database, proposal):
                    self.database.change(
                        "UPDATE secrets SET state = iif(state = 'updating', 'ready', state), proposal = NULL,"
                        " proposed_key = NULL WHERE key = ?",
                        (key,),
                    )

    def keep_corrupt(self, row: SecretMetadata) -> None:
        """Let a row stand as it reads, and whatever leads to it follow. Raises `NameTakenError`."""
        with self.transaction():
            self.database.change("UPDATE secrets SET type = ? WHERE id = ?", (row.type, row.id))
            if row.state in (SecretState.READY, SecretState.UPDATING):
                self._change_details(row)
            else:  # a dead writer's, which is completed or rolled back soon
                self._renew_checksum(row.id)

    # --- reading ---

    def has_incomplete_writes(self) -> bool:
        """Whether any write was begun and not ended."""
        row = self.database.row("SELECT 1 FROM secrets INDEXED BY secrets_incomplete WHERE state <> 'ready' LIMIT 1")
        return row is not None

    def incomplete_writes(self, *, with_corrupt: bool = False) -> builtins.list[IncompleteWrite]:
        """Return the writes that were begun and not ended, oldest first: for the one that holds the lock, dead writers'.

        Corrupt rows are left out, so that they stand in no other secret's way; `with_corrupt` raises `VaultError` for one.
        """
        found = self.database.rows(
            f"SELECT {rows.COLUMNS}, proposal FROM secrets INDEXED BY secrets_incomplete"
            " WHERE state <> 'ready' ORDER BY updated_at"
        )
        writes = []
        for row in found:
            try:
                proposal = None if row[-1] is None else rows.parse_proposal(self.database, row[-1])
                writes.append(IncompleteWrite(rows.metadata_of(self.database, row[:-1]), proposal))
            except VaultError as error:
                if with_corrupt:
                    raise
                log.info("metadata", "an incomplete write is passed over: %s", error)
        return writes

    def find(self, name_or_id: str) -> SecretMetadata:
        """Return the secret of that name, in any case, or id, or beginning of an id of eight characters or more.

        Raises `SecretNotFoundError` (1002), which suggests the names that are nearest.
        """
        return lookup.find(self.database, name_or_id)

    def find_many(self, names_or_ids: Iterable[str]) -> builtins.list[SecretMetadata]:
        """Return secrets in the order asked for; raises as `find` does for the first that is not there."""
        return [lookup.find(self.database, name) for name in names_or_ids]

    def list(
        self,
        type: str | None = None,  # noqa: A002 - the design's own word
        tag: str | None = None,
        search: str | None = None,
        limit: int | None = None,
        after: str | None = None,
    ) -> builtins.list[SecretMetadata]:
        """Return secrets by name, case aside: those of a type, with a tag, with all words of a search.

        A word is found anywhere in name, type, tags, description or scopes. `after` is the last name of the page before.
        """
        wanted = Listing(type=type, tag=tag, search=search, limit=limit, after=after)
        return listing.find_all(self.database, wanted, self._full_text, self._few)

    def names(self, prefix: str = "", limit: int = 1000) -> builtins.list[str]:
        """Return the names that begin so, in any case, for completion."""
        return listing.names(self.database, prefix, limit)

    def count(self) -> int:
        """Return how many secrets there are."""
        return int(self.database.row(f"SELECT count(*) FROM secrets INDEXED BY secrets_by_type WHERE {VISIBLE}")[0])

    def revision_of(self, name: str) -> tuple[str, int, SecretState] | None:
        """Return id, revision and state of the secret of that name, or None: the cheapest look there is."""
        try:
            row = self.database.row(
                f"SELECT id, revision, state FROM secrets WHERE name_key = ? AND {VISIBLE}", (fold(name),)
            )
        except UnicodeEncodeError:
            return None  # a lone surrogate, which no name contains
        return None if row is None else (row[0], row[1], SecretState(row[2]))

    def find_corruption(self) -> Corruption:
        """Look through the whole file and say what is wrong with it."""
        from pondpilot_secrets.metadata import integrity

        return integrity.find_corruption(self.database)

    def setting(self, key: str) -> str | None:
        """Return a setting of the vault, or None where it was never made."""
        row = self.database.row("SELECT value FROM settings WHERE key = ?", (key,))
        return None if row is None else str(row[0])

    def settings(self) -> dict[str, str]:
        """Return every setting of the vault, as they are at one moment."""
        return {str(key): str(value) for key, value in self.database.rows("SELECT key, value FROM settings")}

    def set_setting(self, key: str, value: str | None) -> None:
        """Make a setting of the vault; None removes it."""
        with self.transaction():
            if value is None:
                self.database.change("DELETE FROM settings WHERE key = ?", (key,))
            else:
                self.database.change("INSERT OR REPLACE INTO settings (key, value) VALUES (?, ?)", (key, value))

    # --- details ---

    def _change_details(self, new: SecretMetadata) -> None:
        try:
            changed = self.database.change(
                "UPDATE secrets SET name = ?, name_key = ?, tags = ?, description = ?, expires_at = ?, updated_at = ?,"
                f" inject_only = ?, haystack = ? WHERE id = ? AND {VISIBLE}",
                (
                    new.name,
                    fold(new.name),
                    rows.as_json(new.tags),
                    new.description,
                    None if new.expires_at is None else rows.microseconds(new.expires_at),
                    rows.microseconds(new.updated_at),
                    new.inject_only,
                    search_text(new),
                    new.id,
                ),
            )
        except sqlite3.IntegrityError as error:
            raise _name_taken(new.name) from error
        if not changed:
            raise SecretNotFoundError(f"there is no secret named {new.name!r}")
        self._renew_checksum(new.id)
        self.database.change("DELETE FROM secret_tags WHERE secret = (SELECT key FROM secrets WHERE id = ?)", (new.id,))
        self._add_tags([new])

    def _renew_checksum(self, secret_id: str) -> None:
        row = self.database.row(f"SELECT {rows.COLUMNS} FROM secrets WHERE id = ?", (secret_id,))
        self.database.change("UPDATE secrets SET checksum = ? WHERE id = ?", (checksum_of(row), secret_id))

    def _add_tags(self, metadata: Iterable[SecretMetadata]) -> None:
        pairs = [
            (tag, fold(each.name), each.id)
            for each in metadata
            for tag in dict.fromkeys(fold(tag) for tag in each.tags)
        ]
        if pairs:
            self.database.change_many(
                "INSERT OR REPLACE INTO secret_tags (tag_key, name_key, secret) SELECT ?, ?, key FROM secrets WHERE id = ?",
                pairs,
            )

    def _reject_proposed(self, new: Sequence[SecretMetadata]) -> None:
        """Refuse names that an incomplete edit will take."""
        proposed = self.database.rows("SELECT proposed_key, id FROM secrets WHERE proposed_key IS NOT NULL")
        if proposed:
            owners = dict(proposed)
            for each in new:
                if owners.get(fold(each.name), each.id) != each.id:
                    raise _name_taken(each.name)

    def _reject_unready(self, new: SecretMetadata) -> NoReturn:
        if self.database.row("SELECT 1 FROM secrets WHERE id = ? AND state = 'updating'", (new.id,)) is None:
            raise SecretNotFoundError(f"there is no secret named {new.name!r}")
        raise _incomplete(new.name)

    def _explain(self, error: sqlite3.IntegrityError, new: Sequence[SecretMetadata]) -> NoReturn:
        """Say which of many names was taken, by a secret or by another of the same batch."""
        seen: set[str] = set()
        for each in new:
            key = fold(each.name)
            row = self.database.row(f"SELECT {VISIBLE} FROM secrets WHERE name_key = ?", (key,))
            if key in seen or row is not None:
                raise (_name_taken if key in seen or row[0] else _incomplete)(each.name) from error
            seen.add(key)
        raise self.database.corrupt_file(str(error)) from error


def _name_taken(name: str) -> NameTakenError:
    return NameTakenError(f"there is already a secret named {name!r}")


def _incomplete(name: str) -> VaultBusyError:
    return VaultBusyError(
        f"the change to {name!r} is incomplete; the next write completes it or rolls it back",
        hint="make sure that the keychain is unlocked and the disk not full, then try again: `pond doctor` shows it",
    )
