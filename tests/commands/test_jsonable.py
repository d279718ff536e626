"""What becomes of a result in JSON: never a secret value, unless it is meant to be shown."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets.commands.handing import EnvironmentRequest, environment
from pondpilot_secrets.commands.jsonable import error_to_json, to_json
from pondpilot_secrets.commands.revealing import RevealRequest, reveal
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.table import COMMANDS
from pondpilot_secrets.errors import SecretError, SecretNotFoundError
from pondpilot_secrets.secure import MASK, SecureString
from tests.commands.test_table import REQUESTS


@dataclasses.dataclass(frozen=True)
class Holder:
    name: str
    value: object


def holders(value: object) -> list[object]:
    return [
        value,
        [value],
        (value, value),
        {"a": value},
        Holder("x", value),
        Holder("x", {"deep": [Holder("y", (value,))]}),
        iter([value]),
        {"a": {"b": {"c": [[[value]]]}}},
    ]


@pytest.mark.parametrize("number", range(8))
def test_a_secret_value_is_masked_wherever_it_is(number: int) -> None:
    shown = json.dumps(to_json(holders(SecureString("marker"))[number]), ensure_ascii=False)
    assert "marker" not in shown
    assert MASK in shown


@pytest.mark.parametrize("number", range(8))
def test_it_is_shown_when_the_result_is_meant_to_show_it(number: int) -> None:
    shown = json.dumps(to_json(holders(SecureString("märker"))[number], exposing=True), ensure_ascii=False)
    assert "märker" in shown
    assert MASK not in shown


def test_a_revealed_value_is_masked_unless_exposed(warehouse: Session) -> None:
    with reveal(warehouse, RevealRequest("warehouse", "password")).value as value:
        result = Holder("password", value)
        assert to_json(result) == {"name": "password", "value": MASK}
        assert to_json(result, exposing=True) == {"name": "password", "value": "marker-password"}


@pytest.mark.parametrize(
    "name", ["list", "find", "show", "test", "doctor", "vault.status", "edit", "reveal", "environment"]
)
def test_no_command_shows_a_sensitive_value_in_json(warehouse: Session, name: str) -> None:
    request: Any = REQUESTS[name]
    if name == "reveal":
        request = RevealRequest("warehouse", "password")
    result = COMMANDS[name].perform(warehouse, request)
    assert "marker" not in json.dumps(to_json(result), ensure_ascii=False)
    assert "marker" not in repr(result)


def test_variables_of_a_child_are_shown_as_names_only(warehouse: Session) -> None:
    result = environment(warehouse, EnvironmentRequest(("warehouse",)))
    shown = to_json(result)
    assert isinstance(shown, dict)
    variables = shown["variables"]
    assert isinstance(variables, dict)
    assert "PGPASSWORD" in variables
    assert set(variables.values()) == {MASK}
    result.close()


class Colour(StrEnum):
    RED = "red"


def test_other_values_become_what_json_has() -> None:
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2)))
    assert to_json([None, True, 1, 1.5, "x", Colour.RED]) == [None, True, 1, 1.5, "x", "red"]
    assert type(to_json(Colour.RED)) is str
    assert to_json(moment) == "2026-01-02T01:04:05Z"
    assert to_json(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"
    assert to_json(Path("/x/y")) == "/x/y"
    assert to_json({1: Path("a")}) == {"1": "a"}
    assert to_json(()) == []


def test_an_error_is_the_same_json_everywhere() -> None:
    error: SecretError = SecretNotFoundError("there is no secret named 'x'", hint="look")
    expected = {"code": 1002, "name": "SecretNotFound", "message": "there is no secret named 'x'", "hint": "look"}
    assert error_to_json(error) == {"error": expected}
