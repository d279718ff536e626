"""The audit log in the words of the Open Cybersecurity Schema Framework, for log collectors.

Each record becomes an Entity Management event (class 3004 of OCSF 1.2, category Identity & Access Management), as far as its
fields fit; what has no place there stands under `unmapped`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pondpilot_secrets._version import __version__

if TYPE_CHECKING:
    from pondpilot_secrets.access.audit.records import AuditRecord

_CATEGORY, _CLASS = 3, 3004
_OTHER = 99
_ACTIVITIES = {"save": (1, "Create"), "import": (1, "Create"), "delete": (4, "Delete")}
_READS = dict.fromkeys(("use", "reveal", "show", "test", "apply", "export"), (2, "Read"))
_UPDATES = dict.fromkeys(("update", "rotate", "crash_recovery", "rekey", "store_move", "setting"), (3, "Update"))
_STATUS = {"ok": (1, "Success"), "denied": (2, "Failure"), "failed": (2, "Failure")}
_INFORMATIONAL, _LOW, _MEDIUM = (1, "Informational"), (2, "Low"), (3, "Medium")


def event_of(record: AuditRecord) -> dict[str, Any]:
    """Return a record as an OCSF event, ready for JSON; its time is in milliseconds since 1970."""
    activity, activity_name = {**_ACTIVITIES, **_READS, **_UPDATES}.get(record.action, (_OTHER, "Other"))
    status, status_name = _STATUS.get(record.outcome, (_OTHER, "Other"))
    severity, severity_name = _severity(record)
    event: dict[str, Any] = {
        "category_uid": _CATEGORY,
        "category_name": "Identity & Access Management",
        "class_uid": _CLASS,
        "class_name": "Entity Management",
        "activity_id": activity,
        "activity_name": activity_name,
        "type_uid": _CLASS * 100 + activity,
        "time": int(record.at.timestamp() * 1000),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "actor": {"user": {"name": record.user}, "process": {"pid": record.pid}},
        "metadata": {
            "version": "1.2.0",
            "product": {"name": "PondPilot Secrets", "version": __version__, "vendor_name": "PondPilot"},
            "sequence": record.seq,
        },
        "unmapped": {"action": record.action, "interface": record.interface},
    }
    if record.code is not None:
        event["status_code"] = str(record.code)
    if record.detail is not None:
        event["status_detail"] = record.detail
    if record.secret_id is not None:
        event["entity"] = {"type": "Secret", "uid": record.secret_id, "name": record.secret_name}
    return event


def _severity(record: AuditRecord) -> tuple[int, str]:
    if record.outcome == "denied" or record.action == "restart":
        return _MEDIUM
    return _LOW if record.outcome != "ok" or record.action in ("reveal", "export") else _INFORMATIONAL
