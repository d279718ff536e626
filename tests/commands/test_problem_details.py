"""An error is the same data for every interface."""

from __future__ import annotations

from pondpilot_secrets.commands.codec import to_json
from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.errors import InvalidCredentialsError, RateLimitExceededError, SecretNotFoundError


def test_an_error_says_its_code_kind_message_and_hint() -> None:
    problem = ProblemDetails.of(SecretNotFoundError("there is no secret named 'x'", hint="look"))
    assert to_json(problem) == {
        "code": 1002,
        "name": "SecretNotFound",
        "message": "there is no secret named 'x'",
        "hint": "look",
        "field": None,
        "retry_after": None,
    }


def test_the_field_that_is_wrong_and_the_time_to_wait_are_data_of_their_own() -> None:
    assert ProblemDetails.of(InvalidCredentialsError("port is no number", field="port")).field == "port"
    assert ProblemDetails.of(RateLimitExceededError("too often", retry_after=2.5)).retry_after == 2.5
