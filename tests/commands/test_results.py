"""The rows that several results share."""

from __future__ import annotations

from pondpilot_secrets.commands.results import ProbeOutcome, SecretInfo
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.models import TestReason, TestResult


def test_what_is_known_of_a_secret_goes_there_and_back(warehouse: Session) -> None:
    metadata = warehouse.manager.find_secret("warehouse")
    info = SecretInfo.of(metadata)
    assert (info.name, info.tags, info.description) == ("warehouse", ("prod",), "the shop")
    assert info.metadata() == metadata


def test_the_outcome_of_a_test_is_text_and_numbers() -> None:
    outcome = ProbeOutcome.of(TestResult(False, TestReason.TIMEOUT, "no answer", 5.0, "s3://x", "try again"))
    assert outcome == ProbeOutcome(False, "timeout", "no answer", 5.0, "s3://x", "try again")
    assert type(outcome.reason) is str
