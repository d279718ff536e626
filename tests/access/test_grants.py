"""Who may do what."""

from __future__ import annotations

import pytest

from pondpilot_secrets.access.grants import EVERYTHING, Access, Grant
from pondpilot_secrets.errors import PolicyDeniedError
from tests.metadata.samples import sample


@pytest.mark.parametrize("grant", list(Grant))
def test_what_is_granted_is_allowed_and_all_else_is_denied_by_name(grant: Grant) -> None:
    EVERYTHING.require(grant)
    only = Access("mcp", frozenset({grant}))
    only.require(grant, sample())
    for other in set(Grant) - {grant}:
        assert not only.allows(other)
        with pytest.raises(PolicyDeniedError, match=f"`{other}`") as caught:
            only.require(other, sample("prod"))
        assert caught.value.code == 1011
        assert "mcp" in caught.value.message
        assert "'prod'" in caught.value.message


def test_denial_says_what_is_held() -> None:
    with pytest.raises(PolicyDeniedError) as caught:
        Access("mcp", frozenset({Grant.USE, Grant.LIST})).require(Grant.REVEAL)
    assert caught.value.hint == "it was opened with: list, use"
    with pytest.raises(PolicyDeniedError) as caught:
        Access("mcp", frozenset()).require(Grant.LIST)
    assert "no grant at all" in (caught.value.hint or "")


def test_access_cannot_be_widened() -> None:
    with pytest.raises(AttributeError):
        EVERYTHING.grants = frozenset()  # type: ignore[misc]


def test_read_only_takes_the_grant_to_write_and_keeps_the_caller() -> None:
    caller = Access("web", frozenset(Grant), pid=4711, user="ana")
    assert caller.read_only() == Access("web", frozenset(Grant) - {Grant.WRITE}, pid=4711, user="ana")
