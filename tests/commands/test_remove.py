"""Deleting secrets is all or none, and asks first."""

from __future__ import annotations

import dataclasses

import pytest

from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.remove import RemoveRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import SecretNotFoundError


def names(session: Session) -> list[str]:
    return [secret.name for secret in dispatch(session, "list", ListRequest()).secrets]


def test_removing_is_all_or_none_and_a_name_may_be_there_twice(several: Session) -> None:
    with pytest.raises(SecretNotFoundError):
        dispatch(several, "remove", RemoveRequest(("Lake", "nobody")))
    assert names(several) == ["Lake", "shop_50%", "warehouse"]
    removed = dispatch(several, "remove", RemoveRequest(("lake", "LAKE", "warehouse"))).removed
    assert {secret.name for secret in removed} == {"Lake", "warehouse"}
    assert names(several) == ["shop_50%"]
    assert dispatch(several, "remove", RemoveRequest(())).removed == ()


@pytest.mark.parametrize("answer", [True, False])
def test_the_person_is_asked_once_about_all_of_them_by_their_names(several: Session, answer: bool) -> None:
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return answer

    with dataclasses.replace(several, confirm=confirm) as session:
        result = dispatch(session, "remove", RemoveRequest(("lake", "WAREHOUSE")))
    assert asked == ["delete Lake, warehouse for good?"]
    assert len(result.removed) == (2 if answer else 0)
    assert names(several) == (["shop_50%"] if answer else ["Lake", "shop_50%", "warehouse"])


def test_nobody_is_asked_about_a_secret_that_is_not_there(several: Session) -> None:
    def confirm(question: str) -> bool:
        raise AssertionError(question)

    with dataclasses.replace(several, confirm=confirm) as session, pytest.raises(SecretNotFoundError):
        dispatch(session, "remove", RemoveRequest(("nobody",)))
