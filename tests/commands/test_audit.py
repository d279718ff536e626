"""The audit log: listed, verified, exported, and started again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pondpilot_secrets.commands.audit import (
    AuditListRequest,
    ExportOCSFRequest,
    ExportRequest,
    RestartRequest,
    VerifyRequest,
)
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.remove import RemoveRequest
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import UsageError


@pytest.fixture
def revealed(warehouse: Session) -> Session:
    dispatch(warehouse, "reveal", RevealRequest("warehouse", "user")).value.close()
    return warehouse


def test_what_was_done_is_listed_the_newest_first_and_of_one_secret(revealed: Session) -> None:
    records = dispatch(revealed, "audit.list", AuditListRequest()).records
    assert [(record.action, record.outcome, record.secret_name) for record in records] == [
        ("reveal", "ok", "warehouse"),
        ("save", "ok", "warehouse"),
    ]
    assert dispatch(revealed, "audit.list", AuditListRequest("warehouse", limit=1)).records == records[:1]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert dispatch(revealed, "audit.list", AuditListRequest(since=tomorrow)).records == ()


def test_the_records_of_a_deleted_secret_are_found_by_its_id(revealed: Session) -> None:
    (secret,) = dispatch(revealed, "remove", RemoveRequest(("warehouse",))).removed
    records = dispatch(revealed, "audit.list", AuditListRequest(secret.id)).records
    assert [record.action for record in records] == ["delete", "reveal", "save"]


def test_the_end_of_the_log_can_be_kept_and_compared_later(revealed: Session) -> None:
    found = dispatch(revealed, "audit.verify", VerifyRequest())
    assert (found.ok, found.rows, found.earlier_rows, found.reason) == (True, 2, 0, None)
    assert found.anchor is not None
    assert dispatch(revealed, "audit.verify", VerifyRequest(found.anchor)).ok
    number, _, tag = found.anchor.partition(":")
    assert not dispatch(revealed, "audit.verify", VerifyRequest(f"{number}:{'00' * (len(tag) // 2)}")).ok


@pytest.mark.parametrize("anchor", ["", "1", "x:00", "1:zz"])
def test_what_is_not_the_end_of_a_log_is_refused(revealed: Session, anchor: str) -> None:
    with pytest.raises(UsageError, match="not the end of a log"):
        dispatch(revealed, "audit.verify", VerifyRequest(anchor))


def test_the_whole_log_is_given_the_oldest_first_in_two_forms(revealed: Session) -> None:
    own = list(dispatch(revealed, "audit.export", ExportRequest()))
    assert [record.action for record in own] == ["save", "reveal"]
    events = [row.event for row in dispatch(revealed, "audit.ocsf", ExportOCSFRequest())]
    assert [event["activity_name"] for event in events] == ["Create", "Read"]


def test_a_log_that_is_started_again_keeps_what_was_before(revealed: Session) -> None:
    found = dispatch(revealed, "audit.restart", RestartRequest("a test"))
    assert (found.ok, found.earlier_rows) == (True, 2)
    assert len(dispatch(revealed, "audit.list", AuditListRequest()).records) == 3
