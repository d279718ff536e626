"""What a check gives."""

from __future__ import annotations

from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health


def test_health_is_text_and_a_hint_is_not_always_there() -> None:
    outcome = CheckOutcome("clock", Health.WARNING, "late")
    assert outcome.hint is None
    assert f"{outcome.health}" == "warning"
