"""The checks of the vault's folder and database, and of what expires."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.commands.checks.outcome import Health
from pondpilot_secrets.commands.checks.vault import database, expiry, vault_folder
from pondpilot_secrets.commands.session import Session

posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")


def test_without_a_vault_it_says_that_one_is_made_at_first_use(session: Session) -> None:
    (folder,) = vault_folder(session)
    assert (folder.health, "made at first use" in folder.message) == (Health.OK, True)
    (found,) = database(session)
    assert (found.health, "no vault yet" in found.message) == (Health.OK, True)
    assert list(expiry(session)) == []


@posix
def test_a_vault_that_is_open_to_others_is_a_warning_with_the_way_to_fix_it(warehouse: Session, home: Path) -> None:
    (home / "metadata.db").chmod(0o644)
    (outcome,) = vault_folder(warehouse)
    assert outcome.health is Health.WARNING
    assert "metadata.db" in outcome.message
    assert outcome.hint == f"chmod -R go= '{home}'"


def test_a_folder_that_is_a_file_is_broken(session: Session, home: Path) -> None:
    home.touch()
    (outcome,) = vault_folder(session)
    assert outcome.health is Health.BROKEN
    assert outcome.hint == "set POND_HOME to a folder of yours"


def test_a_database_in_order_counts_its_secrets(warehouse: Session) -> None:
    (outcome,) = database(warehouse)
    assert outcome.message == "1 secrets, nothing damaged"


def edited(session: Session, statement: str) -> Session:
    session.close()
    with contextlib.closing(sqlite3.connect(f"{session.home}/metadata.db")) as connection, connection:
        connection.execute(statement)
    return session


def test_an_entry_that_another_program_changed_is_broken_and_leads_to_repair(warehouse: Session) -> None:
    (outcome,) = database(edited(warehouse, "UPDATE secrets SET description = 'x'"))
    assert outcome.health is Health.BROKEN
    assert "the entry of 'warehouse' is not as it was written" in outcome.message
    assert "`pond vault repair`" in str(outcome.hint)


def test_an_entry_that_a_search_does_not_find_is_broken_and_leads_to_repair(warehouse: Session) -> None:
    (outcome,) = database(edited(warehouse, "DELETE FROM secret_tags"))
    assert outcome.health is Health.BROKEN
    assert outcome.message == "searches and tags do not find 'warehouse'"
    assert outcome.hint == "`pond vault repair` rebuilds the indexes"


def test_what_expires_soon_is_a_warning_and_what_has_expired_is_broken(several: Session) -> None:
    several.manager.update_secret("Lake", expires="3d")
    several.manager.update_secret("warehouse", expires="2026-01-01")
    several.manager.update_secret("shop_50%", expires="30d")
    outcomes = list(expiry(several))
    assert [(each.health, each.hint) for each in outcomes] == [
        (Health.WARNING, "`pond rotate Lake`"),
        (Health.BROKEN, "`pond rotate warehouse`"),
    ]
    assert outcomes[0].message.startswith("Lake expires in 2 days")
