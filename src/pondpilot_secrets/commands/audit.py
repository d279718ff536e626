"""Reading and checking the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.audit.records import Anchor
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pondpilot_secrets.access.audit.records import AuditRecord, Verification
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class AuditListRequest:
    """Which records to show: the newest `limit`, of one secret by name or id, since an aware moment."""

    secret: str | None = None
    since: datetime | None = None
    limit: int | None = 100


@dataclass(frozen=True, slots=True)
class AuditListResult:
    """Records, the newest first."""

    records: tuple[AuditRecord, ...]


def list_records(session: Session, request: AuditListRequest) -> AuditListResult:
    """List audit records; the records of a deleted secret are found by its id."""
    session.require(Grant.LIST)
    records = session.manager.audit_records(secret=request.secret, since=request.since, limit=request.limit)
    return AuditListResult(tuple(records))


@dataclass(frozen=True, slots=True)
class VerifyRequest:
    """The end of the log as it once was, `SEQ:MAC`, which `pond audit verify` printed and somebody kept elsewhere."""

    since: str | None = None


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What a check of the whole log found; `anchor` is its end now, to be kept elsewhere."""

    verification: Verification
    anchor: str | None


def verify(session: Session, request: VerifyRequest) -> VerifyResult:
    """Check the whole log; a log that does not verify is a result and no error."""
    session.require(Grant.LIST)
    verification = session.manager.verify_audit(None if request.since is None else _anchor(request.since))
    anchor = session.manager.audit_anchor() if verification.ok else None
    return VerifyResult(verification, None if anchor is None else f"{anchor.seq}:{anchor.mac.hex()}")


def _anchor(text: str) -> Anchor:
    number, _, mac = text.partition(":")
    try:
        return Anchor(int(number), bytes.fromhex(mac))
    except ValueError:
        raise UsageError(
            "this is no end of a log", hint="give what `pond audit verify` printed: a number, `:` and a seal"
        ) from None


@dataclass(frozen=True, slots=True)
class AuditExportRequest:
    """Everything since an aware moment, the oldest first."""

    since: datetime | None = None


def export(session: Session, request: AuditExportRequest) -> Iterator[AuditRecord]:
    """Give every record, the oldest first."""
    session.require(Grant.LIST)
    return session.manager.each_audit_record(request.since)


@dataclass(frozen=True, slots=True)
class RestartRequest:
    """Why the log is begun anew."""

    reason: str


def restart(session: Session, request: RestartRequest) -> VerifyResult:
    """Begin a new chain after the records there are, for a log whose end was destroyed; they stay and are told apart."""
    session.require(Grant.EXPORT)
    session.manager.restart_audit(request.reason)
    return verify(session, VerifyRequest())
