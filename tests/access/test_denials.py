"""What counts as a denial, and what as a failure."""

from __future__ import annotations

import pytest

from pondpilot_secrets.access.denials import DENIALS, is_denial
from pondpilot_secrets.access.presence.base import NobodyToAskError, UnansweredError
from pondpilot_secrets.errors import KeychainLockedError, RateLimitExceededError, SecretError, VaultError


@pytest.mark.parametrize("error", [kind("no") for kind in DENIALS if kind is not RateLimitExceededError])
def test_a_rule_that_says_no_is_a_denial(error: SecretError) -> None:
    assert is_denial(error)


def test_limits_and_questions_that_nobody_answers_are_denials() -> None:
    assert is_denial(RateLimitExceededError("no", retry_after=1))
    assert is_denial(UnansweredError("no"))
    assert is_denial(NobodyToAskError("no"))


@pytest.mark.parametrize(
    "error", [KeychainLockedError("locked"), VaultError("damaged"), EOFError(), KeyboardInterrupt()]
)
def test_all_else_is_a_failure(error: BaseException) -> None:
    assert not is_denial(error)
