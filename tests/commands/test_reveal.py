"""Revealing one value, by the field's name or alias."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import InvalidCredentialsError


@pytest.mark.parametrize(("given", "field"), [("password", "password"), ("pwd", "password"), ("username", "user")])
def test_a_field_is_found_by_its_name_and_its_aliases(warehouse: Session, given: str, field: str) -> None:
    result = dispatch(warehouse, "reveal", RevealRequest("WAREHOUSE", given))
    with result.value as value:
        assert (result.name, result.field) == ("warehouse", field)
        assert value.expose() == ("marker-password" if field == "password" else "ana")


def test_a_field_that_is_not_set_says_which_are(warehouse: Session) -> None:
    with pytest.raises(InvalidCredentialsError) as refused:
        dispatch(warehouse, "reveal", RevealRequest("warehouse", "database"))
    assert "password" in str(refused.value.hint)
    assert "marker" not in f"{refused.value} {refused.value.hint}"
    with pytest.raises(InvalidCredentialsError):
        dispatch(warehouse, "reveal", RevealRequest("warehouse", "nonsense"))
