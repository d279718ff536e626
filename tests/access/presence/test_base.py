"""The words in which each way of asking says no, and which no is of which kind."""

from __future__ import annotations

import pytest

from pondpilot_secrets.access.presence.base import (
    NobodyToAskError,
    UnansweredError,
    answer_rejected,
    cannot_ask,
    nobody_answered,
    question_dismissed,
)
from pondpilot_secrets.errors import PresenceRefusedError

ASKED = "asked whether it is you, and"


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (question_dismissed("polkit"), PresenceRefusedError, f"polkit {ASKED} the question was dismissed"),
        (answer_rejected("macOS"), PresenceRefusedError, f"macOS {ASKED} the answer was not accepted"),
        (nobody_answered("polkit", 0.5), UnansweredError, f"polkit {ASKED} nobody answered within 0.5 seconds"),
        (cannot_ask("polkit", "no agent"), NobodyToAskError, "polkit could not ask whether it is you: no agent"),
    ],
)
def test_every_no_says_who_asked_and_what_came_of_it(
    error: PresenceRefusedError, kind: type[PresenceRefusedError], message: str
) -> None:
    assert (type(error), error.code, error.message) == (kind, 1024, message)
    assert "pond vault presence" in (error.hint or "")


def test_a_question_that_could_not_be_put_may_say_what_to_do() -> None:
    assert cannot_ask("polkit", "it is missing", "pip install jeepney").hint == "pip install jeepney"
