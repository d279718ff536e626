"""What every request has in common."""

from __future__ import annotations

import dataclasses

import pytest

from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.request import Request


def test_a_request_cannot_be_changed_and_has_no_further_attributes() -> None:
    request = ListRequest("prod")
    assert isinstance(request, Request)
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.query = "x"  # type: ignore[misc]
    assert not hasattr(request, "__dict__")
