"""`pond vault repair`, as somebody meets it whose disk turned a letter."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest

from tests.interfaces.cli.pond import Pond


@pytest.fixture
def altered(warehouse: Pond) -> Pond:
    with contextlib.closing(sqlite3.connect(warehouse.folder / "vault" / "metadata.db")) as database, database:
        database.execute("UPDATE secrets SET description = 'a turned' || char(27) || '[31m letter'")
    return warehouse


def test_a_turned_letter_stops_a_list_and_the_error_leads_to_mending_it(altered: Pond) -> None:
    refused = altered("ls")
    assert (refused.status, refused.out) == (27, "")
    assert "metadata.db is damaged: the entry of 'warehouse' is not as it was written" in refused.err
    assert "`pond vault repair`" in refused.err
    doctor = altered("doctor")
    assert "the entry of 'warehouse' is not as it was written" in doctor.out
    assert "`pond vault repair`" in doctor.out

    mended = altered.ok("vault", "repair", "--yes")
    assert "kept 1 entry" in mended.err
    assert "a turned" in mended.out
    assert "\x1b" not in mended.out
    assert "warehouse" in altered.ok("ls").out
    assert altered.ok("reveal", "warehouse", "user").out == "ana"
    assert "every entry is as it was written" in altered.ok("vault", "repair").err


def test_nothing_is_kept_unless_somebody_agrees(altered: Pond) -> None:
    refused = altered("vault", "repair")
    assert refused.status == 2
    assert "--yes" in refused.err
    assert altered("ls").status == 27
    assert [entry["name"] for entry in altered.ok("vault", "repair", "--yes", "--json").json()["kept"]] == ["warehouse"]
    assert altered.ok("vault", "repair", "--json").json()["kept"] == []


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("n", 1), ("", 1)])
def test_it_is_kept_if_somebody_at_the_terminal_agrees(altered: Pond, answer: str, status: int) -> None:
    terminal = altered.terminal("vault", "repair")
    terminal.wait_for("keep 1 entry as shown?").type(f"{answer}\r")
    assert terminal.end() == status
    assert "description  a turned" in terminal.screen
    assert altered("ls").status == (0 if status == 0 else 27)


def test_with_json_nothing_is_agreed_to_that_was_not_shown(altered: Pond) -> None:
    refused = altered("vault", "repair", "--json")
    assert refused.status == 2
    assert "--yes" in refused.err
    assert altered("ls").status == 27
