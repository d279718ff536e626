"""What an error looks like to a person and to a program."""

from __future__ import annotations

import io
import json

import pytest

from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.errors import RateLimitExceededError
from pondpilot_secrets.interfaces.cli.error_output import Reporter, frames, write_problem


def written(problem: ProblemDetails) -> str:
    stream = io.StringIO()
    write_problem(problem, stream)
    return stream.getvalue()


def test_an_error_has_its_number_and_its_hint_a_line() -> None:
    assert written(ProblemDetails(1007, "X", "too often", "wait")) == "error 1007: too often\nhint: wait\n"
    assert written(ProblemDetails(1007, "X", "too often")) == "error 1007: too often\n"


@pytest.mark.parametrize("start", ["error: x", "error 1001: x", "hint: x", "warning: x"])
def test_a_servers_words_do_not_look_like_a_line_of_ponds_own(start: str) -> None:
    assert written(ProblemDetails(1008, "X", f"it says\n{start}")) == f"error 1008: it says\n  {start}\n"


def test_an_error_cannot_steer_a_terminal() -> None:
    assert written(ProblemDetails(1008, "X", "a\x1b[31m", "b\u202ec")) == "error 1008: a\\x1b[31m\nhint: b\\u202ec\n"


def test_an_error_is_json_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    status = Reporter(as_json=True, trace=False).secret_error(RateLimitExceededError("too often", retry_after=1.5))
    assert status == 16
    assert json.loads(capsys.readouterr().err) == {
        "error": {
            "code": 1007,
            "name": "RateLimitExceeded",
            "message": "too often",
            "hint": None,
            "field": None,
            "retry_after": 1.5,
        }
    }


@pytest.mark.parametrize(
    ("words", "as_json", "trace"),
    [
        (["ls", "--json"], True, False),
        (["--trace", "ls"], False, True),
        (["exec", "x", "--", "y", "--json", "--trace"], False, False),
    ],
)
def test_what_was_asked_for_is_known_before_the_words_are_parsed(words: list[str], as_json: bool, trace: bool) -> None:
    reporter = Reporter.for_arguments(words)
    assert (reporter.as_json, reporter.trace) == (as_json, trace)


def test_a_trace_names_files_lines_and_kinds_of_errors_and_no_text() -> None:
    try:
        try:
            raise KeyError("marker-word")
        except KeyError as error:
            raise ValueError("marker-word") from error
    except ValueError as error:
        lines = frames(error)
    assert [line for line in lines if not line.startswith(" ")] == ["ValueError", "KeyError"]
    assert "test_error_output.py" in lines[1]
    assert "marker" not in "".join(lines)
