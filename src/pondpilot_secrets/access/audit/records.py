"""What reading and checking the audit log gives; apart from `audit_log`, which every command imports and only writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One row of the log. `action` and `outcome` are text, since a newer version may have written words of its own."""

    seq: int
    at: datetime
    interface: str
    pid: int
    user: str
    action: str
    secret_id: str | None
    secret_name: str | None
    outcome: str
    code: int | None
    detail: str | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the log at some moment; kept elsewhere, it proves later that the log was not put back to before it."""

    seq: int
    mac: bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """What a check of the whole log found.

    Attributes:
        ok: whether every row is as it was written and none is missing.
        rows: how many rows were checked.
        first_bad_seq: the number of the first row that is not what it should be, or None.
        reason: what is wrong with it, or None.
        earlier_rows: rows from before the log was restarted, which this key cannot check.
    """

    ok: bool
    rows: int
    first_bad_seq: int | None = None
    reason: str | None = None
    earlier_rows: int = 0
