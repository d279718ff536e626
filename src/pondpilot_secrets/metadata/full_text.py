"""The full-text index, made when a vault grows so large that looking through all of it would be felt.

Measured: a scan costs 0.25 to 0.4 µs a secret, 8 ms at most for 20,000 and 40 ms for 100,000, where the index answers in
under a millisecond. The index costs 50 µs for every secret that is saved, five times all else, and as much disk as the
rest. So small vaults do without it, and a vault pays one second once, on the save that takes it past the limit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import VaultError

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database

LARGE = 20_000
"""Secrets from which on the index is kept."""

# `detail=none` halves the index; it then knows which trigrams a secret has and not where, so results are looked at again.
_STATEMENTS = (
    """CREATE VIRTUAL TABLE secrets_text USING fts5 (
        haystack, content='secrets', content_rowid='key', tokenize='trigram', detail=none, columnsize=0
    )""",
    """INSERT INTO secrets_text (secrets_text) VALUES ('rebuild')""",
    """CREATE TRIGGER secrets_text_added AFTER INSERT ON secrets BEGIN
        INSERT INTO secrets_text (rowid, haystack) VALUES (new.key, new.haystack);
    END""",
    """CREATE TRIGGER secrets_text_changed AFTER UPDATE OF haystack ON secrets WHEN old.haystack <> new.haystack BEGIN
        INSERT INTO secrets_text (secrets_text, rowid, haystack) VALUES ('delete', old.key, old.haystack);
        INSERT INTO secrets_text (rowid, haystack) VALUES (new.key, new.haystack);
    END""",
    """CREATE TRIGGER secrets_text_removed AFTER DELETE ON secrets BEGIN
        INSERT INTO secrets_text (secrets_text, rowid, haystack) VALUES ('delete', old.key, old.haystack);
    END""",
)


class FullTextIndex:
    """Whether a vault has the index, and making it when it should."""

    def __init__(self, database: Database, large: int = LARGE) -> None:
        """`large` is the number of secrets from which on the index is kept."""
        self._database = database
        self._large = large
        self._present = False
        self._impossible = False

    def is_present(self) -> bool:
        """Whether searches can use the index; another process may have made it meanwhile."""
        if not self._present:
            sql = "SELECT count(*) FROM sqlite_master WHERE name = 'secrets_text'"
            self._present = bool(self._database.row(sql)[0])
        return self._present

    def rebuild(self) -> None:
        """Rebuild the index from the rows, where there is one."""
        if self.is_present():
            self._database.change("INSERT INTO secrets_text (secrets_text) VALUES ('rebuild')")

    def create_if_large(self) -> None:
        """Make the index in the running transaction, if the vault has become large; an SQLite without FTS5 scans on."""
        if self._impossible or self._database.row("SELECT max(key) FROM secrets")[0] < self._large or self.is_present():
            return
        try:
            with self._database.transaction():
                for statement in _STATEMENTS:
                    self._database.change(statement)
        except VaultError as error:
            if "lacks the full-text search" not in error.message:
                raise
            log.debug("metadata", "searches go without an index: %s", error)
            self._impossible = True
