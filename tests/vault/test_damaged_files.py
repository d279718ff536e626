"""A vault whose files were emptied, damaged or edited says which file it is, and what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.commands.checks.outcome import Health
from pondpilot_secrets.commands.checks.vault import database
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import (
    AuditBrokenError,
    VaultError,
)
from pondpilot_secrets.metadata import lookup

VALUES = {"key_id": "K", "secret": "the-value"}


def open_it(home: Path) -> SecretsManager:
    return SecretsManager.open(home, "file", key_file=home.with_suffix(".key"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "vault"
    with open_it(home) as vault:
        for name in ("lake", "pond", "sea"):
            vault.save_secret("s3", name, {**VALUES, "secret": f"of {name}"}, scope=f"s3://{name}/", tags=["blue"])
    return home


def run(home: Path, sql: str, *parameters: object) -> None:
    connection = sqlite3.connect(home / "metadata.db")
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(sql, parameters)
    connection.commit()
    connection.close()


def test_a_save_that_ends_while_somebody_looks_for_it_is_no_damage(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = lookup._row

    def just_before(*asked: object) -> object:
        row = looked(*asked)
        if row is None:
            monkeypatch.undo()
            with open_it(home) as other:
                other.save_secret("s3", "fresh", VALUES)
        return row

    monkeypatch.setattr(lookup, "_row", just_before)
    with open_it(home) as vault:
        assert vault.find_secret("fresh").name == "fresh"


def test_text_that_became_bytes_is_damage(home: Path) -> None:
    run(home, "UPDATE secrets SET provider = CAST(provider AS BLOB) WHERE name = 'lake'")
    with open_it(home) as vault, pytest.raises(VaultError, match="unreadable"):
        vault.get_secret("lake")


def test_tables_whose_definition_is_not_even_text_are_damage(home: Path) -> None:
    for file, word in (("metadata.db", b"CREATE TABLE secrets"), ("secrets.db", b"CREATE TABLE header")):
        content = (home / file).read_bytes()
        (home / file).write_bytes(content.replace(word, word[:9] + b"\xff" + word[10:]))
        with pytest.raises(VaultError, match=rf"{file}.* is damaged"), open_it(home) as vault:
            vault.get_secret("lake")
        (home / file).write_bytes(content)


def test_the_doctor_finds_a_turned_letter_that_a_list_would_show(home: Path) -> None:
    with Session(home=home, key_file=home.with_suffix(".key")) as session:
        assert [outcome.health for outcome in database(session)] == [Health.OK]
    for column, value in (("tags", '["blux"]'), ("scopes", '["s3://lakf/"]'), ("type", "r2"), ("name", "lbke")):
        before = (home / "metadata.db").read_bytes()
        run(home, f"UPDATE secrets SET {column} = ? WHERE name = 'lake'", value)
        with Session(home=home, key_file=home.with_suffix(".key")) as session:
            (outcome,) = database(session)
        assert outcome.health is Health.BROKEN
        assert "metadata.db" in outcome.message
        assert outcome.hint
        (home / "metadata.db").write_bytes(before)


def test_an_audit_log_whose_end_was_changed_names_its_file(home: Path) -> None:
    run(home, "UPDATE audit_anchor SET mac = zeroblob(32)")
    with open_it(home) as vault, pytest.raises(AuditBrokenError, match=r"metadata\.db"):
        vault.get_secret("lake")


def test_a_vault_without_its_number_begins_no_new_log(home: Path) -> None:
    run(home, "DELETE FROM settings WHERE key = 'vault_id'")
    with open_it(home) as vault, pytest.raises(VaultError, match="number of the vault"):
        vault.get_secret("lake")
