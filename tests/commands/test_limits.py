"""Rate limits are shown in words, changed by name, and come back to their defaults."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.limits import LimitsRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import UsageError


def test_limits_are_changed_one_by_one_and_put_back(warehouse: Session) -> None:
    before = dispatch(warehouse, "vault.limits", LimitsRequest())
    changed = dispatch(warehouse, "vault.limits", LimitsRequest({"reveal_each": "2/hour"}))
    assert changed.reveal_each == "2 an hour"
    assert (changed.reveal_all, changed.use_all) == (before.reveal_all, before.use_all)
    assert dispatch(warehouse, "vault.limits", LimitsRequest({"reveal_each": None})) == before


@pytest.mark.parametrize("changes", [{"reveal_each": "lots"}, {"nonsense": "1/hour"}])
def test_what_is_no_limit_is_refused(warehouse: Session, changes: dict[str, str | None]) -> None:
    with pytest.raises(UsageError):
        dispatch(warehouse, "vault.limits", LimitsRequest(changes))
