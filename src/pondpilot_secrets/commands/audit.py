"""Reading and checking the audit log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.audit.records import Anchor
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pondpilot_secrets.access.audit.records import AuditRecord
    from pondpilot_secrets.commands.session import Session

_ANCHOR = re.compile(r"([0-9]{1,18}):((?:[0-9a-fA-F]{2})+)")


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One record of the log: what was done with which secret, by whom, and how it ended."""

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

    @classmethod
    def of(cls, record: AuditRecord) -> AuditEvent:
        """Return what a record says."""
        return cls(
            record.seq,
            record.at,
            record.interface,
            record.pid,
            record.user,
            record.action,
            record.secret_id,
            record.secret_name,
            record.outcome,
            record.code,
            record.detail,
        )


@dataclass(frozen=True, slots=True)
class AuditListRequest(Request["AuditListResult"]):
    """Which records to show: the newest `limit`, of one secret by name or id, since an aware moment."""

    secret: str | None = None
    since: datetime | None = None
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class AuditListResult:
    """Records, the newest first."""

    records: tuple[AuditEvent, ...]


def list_records(session: Session, request: AuditListRequest) -> AuditListResult:
    """List audit records; the records of a deleted secret are found by its id."""
    records = session.manager.audit_records(secret=request.secret, since=request.since, limit=request.limit)
    return AuditListResult(tuple(map(AuditEvent.of, records)))


@dataclass(frozen=True, slots=True)
class VerifyRequest(Request["VerifyResult"]):
    """The end of the log as it once was, `SEQ:MAC`, which `pond audit verify` printed and somebody kept elsewhere."""

    since: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What a check of the whole log found.

    Attributes:
        ok: whether every record is as it was written and none is missing.
        rows: how many records were checked.
        first_bad_seq: the number of the first record that is not what it should be, or None.
        reason: what is wrong with it, or None.
        earlier_rows: records from before the log was started again, which this key cannot check.
        anchor: the end of the log now, to be kept elsewhere; None for a log that is empty or not as it was written.
    """

    ok: bool
    rows: int
    first_bad_seq: int | None
    reason: str | None
    earlier_rows: int
    anchor: str | None


def verify(session: Session, request: VerifyRequest) -> VerifyResult:
    """Check the whole log; a log that does not verify is a result and no error."""
    found = session.manager.verify_audit(None if request.since is None else _anchor(request.since))
    anchor = session.manager.audit_anchor() if found.ok else None
    return VerifyResult(
        found.ok,
        found.rows,
        found.first_bad_seq,
        found.reason,
        found.earlier_rows,
        None if anchor is None else f"{anchor.seq}:{anchor.mac.hex()}",
    )


def _anchor(text: str) -> Anchor:
    match = _ANCHOR.fullmatch(text)
    if match is None:
        raise UsageError(
            "this is not the end of a log", hint="give what `pond audit verify` printed: a number, `:` and a MAC"
        )
    return Anchor(int(match[1]), bytes.fromhex(match[2]))


@dataclass(frozen=True, slots=True)
class ExportRequest(Request["Iterator[AuditEvent]"]):
    """Everything since an aware moment, the oldest first."""

    since: datetime | None = None


def export(session: Session, request: ExportRequest) -> Iterator[AuditEvent]:
    """Give every record, the oldest first."""
    yield from map(AuditEvent.of, session.manager.each_audit_record(request.since))


@dataclass(frozen=True, slots=True)
class ExportOCSFRequest(Request["Iterator[OCSFEvent]"]):
    """Everything since an aware moment, the oldest first."""

    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OCSFEvent:
    """A record as an event of the Open Cybersecurity Schema Framework, which is JSON already."""

    event: Mapping[str, Any]


def export_ocsf(session: Session, request: ExportOCSFRequest) -> Iterator[OCSFEvent]:
    """Give every record as an OCSF event, the oldest first."""
    from pondpilot_secrets.access.audit.ocsf import event_of

    for record in session.manager.each_audit_record(request.since):
        yield OCSFEvent(event_of(record))


@dataclass(frozen=True, slots=True)
class RestartRequest(Request["VerifyResult"]):
    """Why the log is started again."""

    reason: str


def restart(session: Session, request: RestartRequest) -> VerifyResult:
    """Start a new chain after the records there are, for a log whose end was destroyed; they stay and are told apart."""
    session.manager.restart_audit(request.reason)
    return verify(session, VerifyRequest())
