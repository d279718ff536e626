"""Corrupt entries are shown, and kept when the person agrees."""

from __future__ import annotations

import contextlib
import dataclasses
import sqlite3

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.repair import CheckRequest, RepairRequest
from pondpilot_secrets.commands.session import Session


@pytest.fixture
def corrupt(warehouse: Session) -> Session:
    warehouse.close()
    with contextlib.closing(sqlite3.connect(f"{warehouse.home}/metadata.db")) as database, database:
        database.execute("UPDATE secrets SET description = 'another'")
    return warehouse


def test_a_vault_in_order_has_nothing_to_repair(warehouse: Session) -> None:
    assert dispatch(warehouse, "vault.check", CheckRequest()).ok
    result = dispatch(warehouse, "vault.repair", RepairRequest(()))
    assert (result.kept, result.left.ok, result.declined) == ((), True, False)


@pytest.mark.parametrize("answer", [True, False])
def test_a_corrupt_entry_is_kept_if_the_person_agrees(corrupt: Session, answer: bool) -> None:
    asked: list[str] = []

    def confirm(question: str) -> bool:
        asked.append(question)
        return answer

    with dataclasses.replace(corrupt, confirm=confirm) as session:
        check = dispatch(session, "vault.check", CheckRequest())
        assert [entry.description for entry in check.corrupt] == ["another"]
        assert (check.unreadable, check.ok) == ((), False)
        result = dispatch(session, "vault.repair", RepairRequest(check.corrupt))
    assert asked == ["keep 1 entry as shown?"]
    assert (result.declined, result.left.ok) == (not answer, answer)
    assert [entry.name for entry in result.kept] == (["warehouse"] if answer else [])


def test_an_entry_that_changed_since_it_was_shown_is_not_kept(corrupt: Session) -> None:
    (entry,) = dispatch(corrupt, "vault.check", CheckRequest()).corrupt
    seen = dataclasses.replace(entry, description="something else")
    result = dispatch(corrupt, "vault.repair", RepairRequest((seen,)))
    assert (result.kept, [each.name for each in result.left.corrupt]) == ((), ["warehouse"])
