"""Listing: by name, by what is asked for, and whatever is typed as a query."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry


def names(session: Session, **asked: object) -> list[str]:
    return [secret.name for secret in dispatch(session, "list", ListRequest(**asked)).secrets]  # type: ignore[arg-type]


def test_a_list_is_by_name_and_by_what_is_asked_for(several: Session) -> None:
    assert names(several) == ["Lake", "shop_50%", "warehouse"]
    assert names(several, tag="prod") == ["Lake", "warehouse"]
    assert names(several, type="s3") == ["Lake"]
    assert names(several, type="postgres", tag="prod") == ["warehouse"]
    assert names(several, query="prod") == ["Lake", "warehouse"]
    assert names(several, query="éclair") == ["shop_50%"]
    assert names(several, limit=2) == ["Lake", "shop_50%"]
    assert names(several, tag="none") == []


@pytest.mark.parametrize("query", ['"', "'", "%", "*", "a OR b", "(", "-x", "NEAR(", "\0", "", " "])
def test_no_query_breaks_a_list(several: Session, query: str) -> None:
    assert set(names(several, query=query)) <= {"Lake", "shop_50%", "warehouse"}


def test_a_type_is_found_by_its_alias_and_an_unknown_one_is_refused(several: Session) -> None:
    alias = next(alias for each in registry.all_types() if each.name == "postgres" for alias in each.aliases)
    assert names(several, type=alias) == ["warehouse"]
    with pytest.raises(InvalidCredentialsError) as refused:
        names(several, type="oracle")
    assert refused.value.code == 1003
