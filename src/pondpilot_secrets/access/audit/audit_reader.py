"""Reading the audit log, which needs no key: only writing and checking do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.audit.records import AuditRecord
from pondpilot_secrets.errors import AuditBrokenError
from pondpilot_secrets.metadata.rows import microseconds, moment_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pondpilot_secrets.metadata.database import Database

_COLUMNS = "seq, at, interface, pid, user, action, secret_id, secret_name, outcome, code, detail"


class AuditReader:
    """The records of one vault's log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(
        self, limit: int | None = 100, since: datetime | None = None, secret: str | None = None
    ) -> list[AuditRecord]:
        """Return the newest records first; `secret` is an id, `since` an aware moment."""
        conditions, parameters = ["1"], list[Any]()
        if since is not None:
            conditions.append("at >= ?")
            parameters.append(microseconds(since))
        if secret is not None:
            conditions.append("secret_id = ?")
            parameters.append(secret)
        rows = self._database.rows(
            f"SELECT {_COLUMNS} FROM audit WHERE {' AND '.join(conditions)} ORDER BY seq DESC LIMIT ?",
            [*parameters, -1 if limit is None else limit],
        )
        return [_record(row) for row in rows]

    def each(self, since: datetime | None = None) -> Iterator[AuditRecord]:
        """Give the records one by one, the oldest first, as they stood when the first was asked for."""
        with self._database.snapshot() as frozen:
            after = -(2**63) if since is None else microseconds(since)
            for row in frozen.iter_rows(f"SELECT {_COLUMNS} FROM audit WHERE at >= ? ORDER BY seq", [after]):
                yield _record(row)


def _record(row: Sequence[Any]) -> AuditRecord:
    try:
        return AuditRecord(row[0], moment_of(row[1]), *row[2:])
    except (TypeError, OverflowError) as error:
        raise AuditBrokenError("the audit log holds a row that was never written by this program") from error
