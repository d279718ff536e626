"""What asking through macOS and through Windows has in common."""

from __future__ import annotations

import pytest

from pondpilot_secrets.access.presence.base import NobodyToAskError
from pondpilot_secrets.access.presence.native_question import NativeQuestion

QUESTION = NativeQuestion(
    asker="the system",
    description="a face",
    package="the package x is",
    dismissed=frozenset((1,)),
    rejected=frozenset((2,)),
    reasons={3: "it has no camera"},
    other="it says {}",
)


@pytest.mark.parametrize(
    ("number", "words", "nobody"),
    [
        (1, "was dismissed", False),
        (2, "was not accepted", False),
        (3, "it has no camera", True),
        (4, "it says 4", True),
    ],
)
def test_each_number_is_a_refusal_of_its_kind(number: int, words: str, nobody: bool) -> None:
    error = QUESTION.refusal(number)
    assert error.message.startswith("the system")
    assert words in error.message
    assert isinstance(error, NobodyToAskError) is nobody


def test_a_missing_package_is_named_with_the_way_to_install_it() -> None:
    status, error = QUESTION.without_package(), QUESTION.package_missing()
    assert (status.available, status.description, status.reason) == (False, "a face", "the package x is missing")
    assert "the package x is missing" in error.message
    assert error.hint == status.hint == "pip install 'pondpilot-secrets[presence]'"


def test_it_says_whether_it_can_be_asked() -> None:
    assert QUESTION.available().available
    status = QUESTION.unavailable("it is broken", "buy another")
    assert (status.available, status.reason, status.hint) == (False, "it is broken", "buy another")
