"""Bringing old files up to date, once, with a copy first."""

from __future__ import annotations

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import schema_migrations
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import saved

if TYPE_CHECKING:
    from pathlib import Path


def test_every_version_leads_to_the_current_tables(path: Path) -> None:
    MetadataStore.open(path).close()
    fresh = _tables(path)
    for version in range(1, schema_migrations.current_version() + 1):
        old = path.with_name(f"old{version}.db")
        connection = sqlite3.connect(old, isolation_level=None)
        for migration in schema_migrations.MIGRATIONS[:version]:
            migration(connection)
        connection.execute(f"PRAGMA application_id = {schema_migrations.APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()
        with MetadataStore.open(old) as store:
            saved(store, "a")
        assert _tables(old) == fresh


def test_old_vault_is_copied_before_it_is_changed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with MetadataStore.open(path) as store:
        saved(store, "a")
    version = schema_migrations.current_version()
    _add_a_version(monkeypatch)
    with MetadataStore.open(path) as store:
        assert store.database.rows("SELECT * FROM added") == []
        assert store.find("a").name == "a"
    copy = schema_migrations.backup_path(path, version)
    assert copy.name == f"metadata.db.v{version}.bak"
    assert copy.stat().st_mode & 0o777 == 0o600 or copy.drive
    monkeypatch.undo()
    with MetadataStore.open(copy, read_only=True) as store:
        assert store.find("a").name == "a"


def test_failed_migration_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MetadataStore.open(path).close()
    before = _tables(path)
    _add_a_version(monkeypatch, "CREATE TABLE added (a)", "CREATE NONSENSE")
    with pytest.raises(VaultError):
        MetadataStore.open(path)
    assert _tables(path) == before
    monkeypatch.undo()
    MetadataStore.open(path).close()


def test_newer_vault_is_refused_with_the_way_to_upgrade(path: Path) -> None:
    MetadataStore.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    for read_only in (False, True):
        with pytest.raises(VaultError) as caught:
            MetadataStore.open(path, read_only=read_only)
        assert str(path) in caught.value.message
        assert "99" in caught.value.message
        assert "pip install --upgrade" in (caught.value.hint or "")


def test_a_process_from_before_a_migration_writes_nothing_more(path: Path) -> None:
    with MetadataStore.open(path) as store:
        saved(store, "a")
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA user_version = 99")
        connection.close()
        for write in (
            lambda: saved(store, "b"),
            lambda: store.set_setting("a", "b"),
            lambda: store.record_use([store.find("a").id], datetime.now(UTC)),
        ):
            with pytest.raises(VaultError, match="newer version") as caught:
                write()
            assert "start programs anew" in (caught.value.hint or "")
        assert [secret.name for secret in store.list()] == ["a"]
        assert not store.database._live().in_transaction


def test_old_vault_opened_for_reading_only_is_not_migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MetadataStore.open(path).close()
    _add_a_version(monkeypatch)
    with pytest.raises(VaultError, match="older version"):
        MetadataStore.open(path, read_only=True)


def test_openers_at_the_same_moment_migrate_once(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    MetadataStore.open(path).close()
    runs = _add_a_version(monkeypatch)
    start = threading.Barrier(6)

    def open_it(_: int) -> None:
        start.wait()
        MetadataStore.open(path).close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(open_it, range(6)))
    assert len(runs) == 1


def test_a_vault_that_another_process_makes_meanwhile_is_not_taken_for_a_foreign_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = schema_migrations.version_of
    other = threading.Thread(target=lambda: MetadataStore.open(path).close())

    def version_of(connection: sqlite3.Connection) -> int:
        version = looked(connection)
        if version == 0 and threading.current_thread() is threading.main_thread() and not other.ident:
            monkeypatch.undo()
            other.start()
            other.join(0.5)  # it comes to its end here, or waits for the look at the file to end
        return version

    path.parent.mkdir()
    path.touch()
    connection = sqlite3.connect(path, isolation_level=None)
    monkeypatch.setattr(schema_migrations, "version_of", version_of)
    schema_migrations.migrate(connection, path)
    other.join()
    assert looked(connection) == schema_migrations.current_version()
    connection.close()


def test_an_edit_that_was_under_way_survives_the_step_to_version_2(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    schema_migrations.MIGRATIONS[0](connection)
    connection.execute(f"PRAGMA application_id = {schema_migrations.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 1")
    row = ["i", "a", "s3", "config", "[]", "[]", None, "[]", 1, 2, None, 0, None, 1, "updating"]
    proposal = [*row[:13], 2, "ready"]
    connection.execute(
        "INSERT INTO secrets (id, name, type, provider, scopes, tags, description, field_names, created_at, updated_at,"
        " last_used_at, use_count, expires_at, revision, state, proposal, name_key, haystack)"
        f" VALUES ({', '.join('?' * 18)})",
        (*row, json.dumps(proposal), "a", "a"),
    )
    connection.close()
    with MetadataStore.open(path) as store:
        (unfinished,) = store.unfinished()
        assert unfinished.proposal is not None
        assert (unfinished.proposal.revision, unfinished.proposal.inject_only) == (2, False)


def test_rows_and_an_edit_under_way_get_their_checks_with_version_3(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    for migration in schema_migrations.MIGRATIONS[:2]:
        migration(connection)
    connection.execute(f"PRAGMA application_id = {schema_migrations.APPLICATION_ID}")
    connection.execute("PRAGMA user_version = 2")
    row = ["i", "naïve 🔑", "s3", "config", '["s3://b/"]', "[]", "a\0b", "[]", 1, 2, 3, 4, 5, 1, "updating", 1]
    for number, proposal in enumerate([json.dumps(["i0", "new", *row[2:13], 2, "ready", False]), "no JSON", None]):
        id_, name = f"{row[0]}{number}", f"{row[1]}{number}"
        connection.execute(
            "INSERT INTO secrets (id, name, type, provider, scopes, tags, description, field_names, created_at, updated_at,"
            " last_used_at, use_count, expires_at, revision, state, inject_only, proposal, name_key, haystack)"
            f" VALUES ({', '.join('?' * 19)})",
            (id_, name, *row[2:], proposal, name, name),
        )
    connection.close()
    with MetadataStore.open(path) as store:
        found = store.list()
        assert [secret.name for secret in found] == [f"naïve 🔑{number}" for number in range(3)]
        assert (found[0].description, found[0].inject_only, found[0].use_count) == ("a\0b", True, 4)
        store.finish_update("i0")
        assert (store.find("new").revision, store.find("new").inject_only) == (2, False)
        with pytest.raises(VaultError, match="unfinished edit is unreadable"):
            store.finish_update("i1")


def _add_a_version(monkeypatch: pytest.MonkeyPatch, *statements: str) -> list[int]:
    runs: list[int] = []

    def next_version(connection: sqlite3.Connection) -> None:
        runs.append(1)
        for statement in statements or ("CREATE TABLE added (a)",):
            connection.execute(statement)

    monkeypatch.setattr(schema_migrations, "MIGRATIONS", (*schema_migrations.MIGRATIONS, next_version))
    return runs


def _tables(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return found
