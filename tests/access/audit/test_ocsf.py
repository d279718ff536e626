"""A record in the words of the Open Cybersecurity Schema Framework, class 3004 of version 1.2."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from pondpilot_secrets.access.audit import Action, Outcome
from pondpilot_secrets.access.audit.ocsf import event_of
from pondpilot_secrets.access.audit.records import AuditRecord

RECORD = AuditRecord(
    7,
    datetime(2026, 11, 27, 9, 30, 0, 123456, UTC),
    "mcp",
    42,
    "ana",
    "reveal",
    "id",
    "prod",
    "denied",
    1011,
    "no grant",
)


def test_who_did_what_when_and_how_it_ended() -> None:
    event = event_of(RECORD)
    assert (event["class_uid"], event["category_uid"], event["type_uid"]) == (3004, 3, 300402)
    assert event["time"] == 1795771800123
    assert event["actor"] == {"user": {"name": "ana"}, "process": {"pid": 42}}
    assert (event["status"], event["status_code"], event["status_detail"]) == ("Failure", "1011", "no grant")
    assert event["entity"] == {"type": "Secret", "uid": "id", "name": "prod"}
    assert event["unmapped"] == {"action": "reveal", "interface": "mcp"}
    assert event["metadata"]["sequence"] == 7
    assert json.loads(json.dumps(event)) == event


def test_what_a_record_does_not_say_has_no_field() -> None:
    event = event_of(replace(RECORD, secret_id=None, secret_name=None, code=None, detail=None))
    assert not {"entity", "status_code", "status_detail"} & event.keys()


@pytest.mark.parametrize(
    ("action", "activity"),
    [("save", 1), ("import", 1), ("reveal", 2), ("use", 2), ("export", 2), ("update", 3), ("rekey", 3), ("delete", 4)],
)
def test_each_action_is_an_activity_of_the_class(action: str, activity: int) -> None:
    event = event_of(replace(RECORD, action=action))
    assert (event["activity_id"], event["type_uid"]) == (activity, 300400 + activity)


@pytest.mark.parametrize(
    ("action", "outcome", "severity"),
    [
        ("use", "ok", "Informational"),
        ("reveal", "ok", "Low"),
        ("export", "ok", "Low"),
        ("use", "failed", "Low"),
        ("use", "denied", "Medium"),
        ("restart", "ok", "Medium"),
    ],
)
def test_what_somebody_should_look_at_is_more_severe(action: str, outcome: str, severity: str) -> None:
    assert event_of(replace(RECORD, action=action, outcome=outcome))["severity"] == severity


def test_every_word_that_we_write_has_a_place_and_other_words_pass() -> None:
    for action in Action:
        event = event_of(replace(RECORD, action=action))
        assert event["activity_id"] in (1, 2, 3, 4) or action in (
            Action.UNLOCK,
            Action.RESTART,
            Action.RECOVERY_CODES,
        ), action
    for outcome in Outcome:
        assert event_of(replace(RECORD, outcome=outcome))["status_id"] in (1, 2)
    event = event_of(replace(RECORD, action="invented later", outcome="half done"))
    assert (event["activity_id"], event["status_id"]) == (99, 99)
