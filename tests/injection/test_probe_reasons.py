"""What an error text means where a type has no words of its own for it."""

from __future__ import annotations

import pytest

from pondpilot_secrets.injection import probe_reasons
from pondpilot_secrets.models import TestReason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Timeout was reached error for HTTP GET", TestReason.TIMEOUT),
        ("SSL connect error", TestReason.TLS),
        ("SSL peer certificate or SSH remote key was not OK", TestReason.TLS),
        ("Could not connect to server", TestReason.UNREACHABLE),
        ("Could not resolve hostname", TestReason.UNREACHABLE),
        ("Connection refused", TestReason.UNREACHABLE),
        ("HTTP 429", TestReason.RATE_LIMITED),
        ("(HTTP 401 Unauthorized)", TestReason.WRONG_CREDENTIALS),
        ("status code: 403", TestReason.NOT_ALLOWED),
        ("HTTP 404 Not Found", TestReason.NOT_FOUND),
        ("HTTP Error: 503", TestReason.SERVER_ERROR),
        ("port 4031 of something", TestReason.OTHER),
        ("nothing known", TestReason.OTHER),
        ("", TestReason.OTHER),
    ],
)
def test_common_texts_are_understood(text: str, reason: TestReason) -> None:
    assert probe_reasons.of_text(text, ()) is reason


def test_a_types_own_words_come_first() -> None:
    own = ((r"Connection refused", TestReason.WRONG_CREDENTIALS),)
    assert probe_reasons.of_text("Connection refused", own) is TestReason.WRONG_CREDENTIALS


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (200, None),
        (301, None),
        (400, None),
        (401, TestReason.WRONG_CREDENTIALS),
        (403, TestReason.NOT_ALLOWED),
        (404, TestReason.NOT_FOUND),
        (407, TestReason.WRONG_CREDENTIALS),
        (408, TestReason.TIMEOUT),
        (429, TestReason.RATE_LIMITED),
        (500, TestReason.SERVER_ERROR),
        (504, TestReason.TIMEOUT),
        (599, TestReason.SERVER_ERROR),
    ],
)
def test_a_status_is_a_reason_or_none(status: int, reason: TestReason | None) -> None:
    assert probe_reasons.of_status(status) is reason


def test_every_reason_has_its_words_and_what_can_be_done_has_a_hint() -> None:
    assert set(probe_reasons.MESSAGES) == set(TestReason)
    without = {TestReason.OK, TestReason.OTHER, TestReason.EXTENSION_MISSING, TestReason.NO_TARGET}
    assert set(probe_reasons.HINTS) == set(TestReason) - without
