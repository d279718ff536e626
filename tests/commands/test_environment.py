"""The variables of a child process."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.environment import EnvironmentRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import UsageError
from tests.commands.requests import fields


def test_the_variables_of_a_secret_have_its_values(warehouse: Session) -> None:
    variables = dispatch(warehouse, "environment", EnvironmentRequest(("warehouse",))).variables
    assert variables["PGPASSWORD"].expose() == "marker-password"
    assert variables["PGUSER"].expose() == "ana"
    for value in variables.values():
        value.close()


def test_a_secret_without_variables_is_a_usage_error(session: Session) -> None:
    request = AddRequest("http", "api", fields(bearer_token="marker"), scopes=("https://x.example.com/",))
    dispatch(session, "add", request)
    with pytest.raises(UsageError, match="no variable is known for the fields of api"):
        dispatch(session, "environment", EnvironmentRequest(("api",)))
