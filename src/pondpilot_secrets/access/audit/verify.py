"""Checking the audit log from its first row to its anchor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.audit import chain
from pondpilot_secrets.access.audit.records import Anchor, Verification

if TYPE_CHECKING:
    from pondpilot_secrets.metadata.database import Database

_ROWS = (
    "SELECT seq, at, interface, pid, user, action, secret_id, secret_name, outcome, code, detail, mac"
    " FROM audit WHERE seq >= ? ORDER BY seq"
)
_ANCHOR = "SELECT first_seq, last_seq, last_mac, mac FROM audit_anchor WHERE id = 1"


def verify(database: Database, key: memoryview | bytes, since: Anchor | None = None) -> Verification:
    """Return what is wrong with the log, if anything; see `AuditLog.verify`."""
    with database.snapshot() as frozen:
        anchor = frozen.row(_ANCHOR)
        if anchor is None:
            return _without_anchor(frozen, since)
        if not _has_mac(key, anchor):
            return Verification(False, 0, None, "the anchor was not written with this key")
        return _Check(frozen, key, anchor, since).run()


def _without_anchor(database: Database, since: Anchor | None) -> Verification:
    row = database.row("SELECT min(seq) FROM audit")
    if row[0] is not None:
        return Verification(False, 0, row[0], "the anchor is gone")
    if since is not None:
        return Verification(False, 0, 1, f"the log is empty, though it had {since.seq} rows")
    return Verification(True, 0)


def _has_mac(key: memoryview | bytes, anchor: Any) -> bool:
    first, last, last_mac, mac = anchor
    try:
        return chain.equal(chain.anchor_mac(key, first, last, last_mac), mac)
    except (ValueError, TypeError):
        return False


class _Check:
    """One walk along the chain."""

    def __init__(self, database: Database, key: memoryview | bytes, anchor: Any, since: Anchor | None) -> None:
        self.database = database
        self.key = key
        self.first, self.last, self.last_mac, _ = anchor
        self.since = since
        self.rows = 0
        self.earlier = database.row("SELECT count(*) FROM audit WHERE seq < ?", (self.first,))[0]

    def run(self) -> Verification:
        mac = chain.START
        for expected, row in enumerate(self.database.iter_rows(_ROWS, (self.first,)), self.first):
            wrong = self._wrong(expected, row, mac)
            if wrong is not None:
                return wrong
            mac = row[-1]
            self.rows += 1
        last = self.first + self.rows - 1
        if last < self.last:
            return self._bad(last + 1, f"the log ends at row {last}, though {self.last} were written")
        if not chain.equal(mac, self.last_mac):
            return self._bad(last, "the last row is not the one that the anchor names")
        if self.since is not None and self.since.seq > self.last:
            return self._bad(last + 1, f"the log was put back: it had {self.since.seq} rows")
        return Verification(True, self.rows, earlier_rows=self.earlier)

    def _wrong(self, expected: int, row: Any, previous: bytes) -> Verification | None:
        seq, mac = row[0], row[-1]
        if seq != expected:
            return self._bad(expected, f"row {expected} is missing")
        if seq > self.last:
            return self._bad(seq, "the row was added after the end of the log")
        try:
            sound = chain.equal(chain.row_mac(self.key, previous, row[:-1]), mac)
        except ValueError:
            sound = False
        if not sound:
            return self._bad(seq, "the row is not as it was written, or not where it was written")
        if self.since is not None and seq == self.since.seq and not chain.equal(self.since.mac, mac):
            return self._bad(seq, "the log was put back to an older copy and went on from there")
        return None

    def _bad(self, seq: int, reason: str) -> Verification:
        return Verification(False, self.rows, seq, reason, self.earlier)
