"""A session opens its vault once, for one caller, and asks the person only through its functions."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest

from pondpilot_secrets.access.grants import Access, Grant
from pondpilot_secrets.commands.list import ListRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.vault import StatusRequest
from pondpilot_secrets.errors import PolicyDeniedError, UsageError
from tests.commands.requests import only


def test_a_vault_is_opened_once_by_many_threads_and_again_after_it_was_closed(warehouse: Session) -> None:
    warehouse.close()
    opened: list[object] = []
    threads = [threading.Thread(target=lambda: opened.append(warehouse.manager)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    assert len(set(map(id, opened))) == 1
    warehouse.close()
    assert warehouse.manager is not opened[0]


def test_asking_whether_there_is_a_vault_makes_none(session: Session, home: Path) -> None:
    assert not session.has_vault
    assert not home.exists()


def test_a_denial_where_there_is_no_vault_makes_none(home: Path) -> None:
    with Session(only("list"), home) as weaker, pytest.raises(PolicyDeniedError):
        weaker.require(Grant.WRITE)
    assert not home.exists()


def test_an_unknown_store_is_refused_when_the_vault_is_needed(home: Path) -> None:
    with Session(home=home, store="nonsense") as session, pytest.raises(UsageError, match="no store named"):
        dispatch(session, "vault.status", StatusRequest())


def test_without_functions_nobody_is_asked(session: Session) -> None:
    assert session.ask_consent("delete everything?")
    assert session.next_statement() is None
    session.report_progress(1, 2)


def test_functions_are_asked(session: Session) -> None:
    progress: list[tuple[int, int]] = []
    asking = dataclasses.replace(
        session,
        confirm=lambda question: question == "yes?",
        progress=lambda done, total: progress.append((done, total)),
        ask_statement=lambda: "SELECT 1",
    )
    assert asking.ask_consent("yes?")
    assert not asking.ask_consent("no?")
    asking.report_progress(1, 2)
    assert progress == [(1, 2)]
    assert asking.next_statement() == "SELECT 1"


def test_a_session_with_another_store_is_one_of_its_own(session: Session) -> None:
    other = session.with_store("system")
    assert (other.store, session.store, other.key_file) == ("system", "file", session.key_file)
    assert (other.home, other.access) == (session.home, session.access)


def test_two_callers_share_an_open_vault_each_with_their_own_grants(warehouse: Session) -> None:
    open_vault = warehouse.manager
    reader = Session(only("list"), warehouse.home, open_vault=open_vault)
    user = Session(Access("web", frozenset(Grant), pid=4242, user="ana"), warehouse.home, open_vault=open_vault)
    with reader, user:
        assert dispatch(reader, "list", ListRequest()).secrets
        with pytest.raises(PolicyDeniedError):
            dispatch(reader, "reveal", RevealRequest("warehouse", "user"))
        dispatch(user, "reveal", RevealRequest("warehouse", "user")).value.close()
    denied, revealed = open_vault.audit_records(limit=2)[::-1]
    assert (denied.interface, denied.outcome) == ("mcp", "denied")
    assert (revealed.interface, revealed.pid, revealed.user, revealed.outcome) == ("web", 4242, "ana", "ok")
    assert open_vault.list_secrets(), "a session closed a vault that it had not opened"
