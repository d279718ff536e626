"""What reading and checking the log gives."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, asdict
from datetime import UTC, datetime

import pytest

from pondpilot_secrets.access.audit.records import Anchor, AuditRecord, Verification

RECORD = AuditRecord(1, datetime(2026, 11, 27, tzinfo=UTC), "cli", 42, "ana", "use", None, None, "ok", None, None)


def test_a_record_cannot_be_changed_and_is_plain_data() -> None:
    with pytest.raises(FrozenInstanceError):
        RECORD.user = "eve"  # type: ignore[misc]
    assert json.loads(json.dumps(asdict(RECORD), default=str))["user"] == "ana"


def test_a_check_that_found_nothing_names_no_row() -> None:
    assert Verification(True, 5) == Verification(True, 5, None, None, 0)
    assert Anchor(5, b"mac") == Anchor(5, b"mac")
