"""Writing the audit log.

Rows are only ever added, in the transaction of what they record, and each is chained to the one before under a key that
rests in the keychain (`chain`). The chain goes on from the anchor and not from the last row that is found: a tail
that was cut off stays a gap for ever.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from pondpilot_secrets import log
from pondpilot_secrets.errors import AuditBrokenError, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pondpilot_secrets.access.audit.records import Anchor, Verification
    from pondpilot_secrets.access.grants import Access
    from pondpilot_secrets.metadata.database import Database
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.secure import SecureString


class Action(StrEnum):
    """What was done."""

    USE = "use"
    REVEAL = "reveal"
    SHOW = "show"
    TEST = "test"
    APPLY = "apply"
    SAVE = "save"
    UPDATE = "update"
    DELETE = "delete"
    CRASH_RECOVERY = "crash_recovery"
    """A change that a crash interrupted was completed."""
    EXPORT = "export"
    IMPORT = "import"
    ROTATE = "rotate"
    UNLOCK = "unlock"
    STORE_MOVE = "store_move"
    REKEY = "rekey"
    RECOVERY_CODES = "recovery_codes"
    """Codes were made, or one was used."""
    SETTING = "setting"
    """A rule of the vault was changed: how often secrets may be revealed, whether somebody is asked first."""
    RESTART = "restart"
    """A new chain was begun under another key; what came before can no longer be verified with this one."""


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    DENIED = "denied"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """What is to be recorded; `code` is the number of the error that ended it, `detail` a few plain words."""

    action: Action
    secret_id: str | None = None
    secret_name: str | None = None
    outcome: Outcome = Outcome.OK
    code: int | None = None
    detail: str | None = None

    @classmethod
    def of(
        cls,
        action: Action,
        secret: SecretMetadata | None = None,
        *,
        outcome: Outcome = Outcome.OK,
        code: int | None = None,
        detail: str | None = None,
    ) -> Self:
        """Make the entry of something done with a secret."""
        if secret is None:
            return cls(action, None, None, outcome, code, detail)
        return cls(action, secret.id, secret.name, outcome, code, detail)


_COLUMNS = "seq, at, interface, pid, user, action, secret_id, secret_name, outcome, code, detail"
_INSERT = f"INSERT INTO audit ({_COLUMNS}, mac) VALUES ({', '.join('?' * 12)})"
_READ_ANCHOR = "SELECT first_seq, last_seq, last_mac, mac FROM audit_anchor WHERE id = 1"
_WRITE_ANCHOR = "INSERT OR REPLACE INTO audit_anchor (id, first_seq, last_seq, last_mac, mac) VALUES (1, ?, ?, ?, ?)"


class AuditLog:
    """The log of one vault, written by many processes into one chain. Safe between threads.

    `key` is 32 random bytes for this log alone; rows name the caller as `access` says.
    """

    def __init__(
        self, database: Database, key: SecureString, access: Access, clock: Callable[[], int] = time.time_ns
    ) -> None:
        """`clock` gives the nanoseconds since 1970."""
        # Not at the top: a command that only lists secrets does not pay the 4 ms of loading OpenSSL.
        from pondpilot_secrets.access.audit import chain

        self._chain = chain
        self._database = database
        self._key = key
        self._access = access
        self._clock = clock
        self._user = _user() if access.user is None else access.user

    def append(self, entries: Sequence[AuditEntry]) -> None:
        """Record entries, within the transaction of the caller if there is one.

        Raises `AuditBrokenError` (1012) when they cannot be recorded, or `VaultBusyError` (1021); what was to be
        recorded must then not happen.
        """
        if entries:
            with self._recording():
                self._append(entries)

    @contextlib.contextmanager
    def _recording(self) -> Iterator[None]:
        """A transaction, whose failure is an `AuditBrokenError` (1012)."""
        import sqlite3

        try:
            with self._database.transaction():
                yield
        except (VaultError, sqlite3.Error, ValueError) as error:
            reason = error.message if isinstance(error, VaultError) else str(error)
            raise AuditBrokenError(
                f"the audit log could not be written, so nothing was done: {reason}",
                hint=getattr(error, "hint", None) or "`pond audit verify` checks the log",
            ) from error

    @property
    def key(self) -> SecureString:
        """The log's key, which also authenticates presence tickets; borrowed, and wiped when this log is closed."""
        return self._key

    def close(self) -> None:
        """Wipe the key; nothing can be recorded with this object afterwards."""
        self._key.close()

    def restart(self, reason: str) -> None:
        """Begin a new chain after the rows there are, for when the key was lost or the anchor destroyed.

        Raises `AuditBrokenError` (1012) when that cannot be recorded.
        """
        with self._recording():
            last = self._database.row("SELECT max(seq) FROM audit")[0] or 0
            self._extend([AuditEntry(Action.RESTART, detail=reason)], last + 1, last, self._chain.START)

    def anchor(self) -> Anchor | None:
        """Return the end of the log as it stands, or None before the first entry. Raises `AuditBrokenError`."""
        from pondpilot_secrets.access.audit.records import Anchor

        anchor = self._read_anchor()
        return None if anchor is None else Anchor(anchor[1], anchor[2])

    def verify(self, since: Anchor | None = None) -> Verification:
        """Check every row against the chain, and the chain's end against its anchor.

        With `since`, an anchor that was kept elsewhere, it also finds a log that was put back to an older copy.
        """
        from pondpilot_secrets.access.audit.verify import verify

        with self._key.exposed() as key:
            return verify(self._database, key, since)

    def _append(self, entries: Sequence[AuditEntry]) -> None:
        anchor = self._read_anchor()
        if anchor is not None:
            self._extend(entries, *anchor)
        elif self._database.row("SELECT 1 FROM audit LIMIT 1") is None:
            self._extend(entries, 1, 0, self._chain.START)
        else:
            raise _anchor_broken(self._database.path, "is gone")

    def _read_anchor(self) -> tuple[int, int, bytes] | None:
        row = self._database.row(_READ_ANCHOR)
        if row is None:
            return None
        first, last, last_mac, mac = row
        with self._key.exposed() as key:
            try:
                sound = self._chain.equal(self._chain.anchor_mac(key, first, last, last_mac), mac)
            except (ValueError, TypeError):
                sound = False
        if not sound:
            raise _anchor_broken(self._database.path, "was not written with this vault's key")
        return first, last, last_mac

    def _extend(self, entries: Iterable[AuditEntry], first: int, last: int, mac: bytes) -> None:
        # Asked for now and not when the log was made: a forked child has a number of its own.
        pid = os.getpid() if self._access.pid is None else self._access.pid
        at, rows = self._clock() // 1000, []
        with self._key.exposed() as key:
            for last, entry in enumerate(entries, last + 1):  # noqa: B020, PLR1704 - ends as the new last number
                values = (
                    last,
                    at,
                    self._access.interface,
                    pid,
                    self._user,
                    str(entry.action),
                    entry.secret_id,
                    entry.secret_name,
                    str(entry.outcome),
                    entry.code,
                    entry.detail,
                )
                mac = self._chain.row_mac(key, mac, values)
                rows.append((*values, mac))
            anchor_mac = self._chain.anchor_mac(key, first, last, mac)
        self._database.change_many(_INSERT, rows)
        self._database.change(_WRITE_ANCHOR, (first, last, mac, anchor_mac))


def _anchor_broken(path: Path, how: str) -> AuditBrokenError:
    return AuditBrokenError(
        f"the anchor of the audit log in {path} {how}: the log was changed by another program, or its key was",
        hint="look at `pond audit verify`, then begin a new log with `pond audit restart`",
    )


def _user() -> str:
    """The user's name as the system knows it, whatever the environment says."""
    if sys.platform == "win32":
        try:
            return os.getlogin()
        except OSError as error:
            log.debug("access", "the system does not name the user: %s", error)
            return "unknown"
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.getuid())
