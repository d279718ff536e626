"""Bringing old files up to date, once, with a copy first; the steps beyond today's schema are made here."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata.schema_backup import backup_path
from pondpilot_secrets.metadata.schema_migrations import APPLICATION_ID, SCHEMA, SchemaMigrations
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import saved
from tests.metadata.schemas import next_schema, opened

if TYPE_CHECKING:
    from pathlib import Path

ADDED = "CREATE TABLE added (a)"


def tables(path: Path) -> list[tuple[str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    connection.close()
    return found


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    (found,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(found)


def test_a_new_file_has_the_current_version(path: Path) -> None:
    MetadataStore.open(path).close()
    assert version(path) == SCHEMA.current_version


def test_every_version_leads_to_the_newest_tables(path: Path) -> None:
    newest = SchemaMigrations([*SCHEMA.steps, *(
        lambda connection, number=number: connection.execute(f"CREATE TABLE added{number} (a)") for number in range(3)
    )])  # fmt: skip
    with opened(path, newest):
        pass
    fresh = tables(path)
    for reached in range(1, newest.current_version):
        old = path.with_name(f"old{reached}.db")
        with opened(old, SchemaMigrations(newest.steps[:reached])) as store:
            saved(store, "a")
        with opened(old, newest) as store:
            assert store.find("a").name == "a"
            saved(store, "b")
        assert (tables(old), version(old)) == (fresh, newest.current_version)


def test_a_row_is_carried_over_as_its_step_says(path: Path) -> None:
    with MetadataStore.open(path) as store:
        (secret,) = saved(store, "a")
        store.begin_update(secret)
    with opened(
        path, next_schema("ALTER TABLE secrets ADD COLUMN new", "UPDATE secrets SET new = name || '!'")
    ) as store:
        assert store.database.rows("SELECT new FROM secrets") == [("a!",)]
        (unfinished,) = store.incomplete_writes()
        assert unfinished.proposal is not None


def test_old_vault_is_copied_before_it_is_changed(path: Path) -> None:
    with MetadataStore.open(path) as store:
        saved(store, "a")
    with opened(path, next_schema(ADDED)) as store:
        assert store.database.rows("SELECT * FROM added") == []
        assert store.find("a").name == "a"
    copy = backup_path(path, SCHEMA.current_version)
    with MetadataStore.open(copy, read_only=True) as store:
        assert store.find("a").name == "a"


def test_failed_step_changes_nothing(path: Path) -> None:
    MetadataStore.open(path).close()
    before = tables(path)
    with pytest.raises(VaultError), opened(path, next_schema(ADDED, "CREATE NONSENSE")):
        pass
    assert tables(path) == before
    MetadataStore.open(path).close()


def test_newer_vault_is_refused_with_the_way_to_upgrade(path: Path) -> None:
    with opened(path, next_schema(ADDED)):
        pass
    for read_only in (False, True):
        with pytest.raises(VaultError) as caught:
            MetadataStore.open(path, read_only=read_only)
        assert str(path) in caught.value.message
        assert f"its format is {SCHEMA.current_version + 1}" in caught.value.message
        assert "pip install --upgrade" in (caught.value.hint or "")


def test_a_process_from_before_an_upgrade_writes_nothing_more(path: Path) -> None:
    with MetadataStore.open(path) as store:
        saved(store, "a")
        with opened(path, next_schema(ADDED)):
            pass
        for write in (
            lambda: saved(store, "b"),
            lambda: store.set_setting("a", "b"),
            lambda: store.record_use([store.find("a").id], datetime.now(UTC)),
        ):
            with pytest.raises(VaultError, match="newer version") as caught:
                write()
            assert "restart programs" in (caught.value.hint or "")
        assert [secret.name for secret in store.list()] == ["a"]
        assert not store.database._live().in_transaction


def test_old_vault_opened_for_reading_only_is_left_as_it_is(path: Path) -> None:
    MetadataStore.open(path).close()
    with pytest.raises(VaultError, match="older version"), opened(path, next_schema(ADDED), read_only=True):
        pass
    assert version(path) == SCHEMA.current_version


def test_another_programs_file_is_left_as_it_is(path: Path) -> None:
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(VaultError, match="of another program"):
        MetadataStore.open(path)
    assert path.read_bytes() == before


def test_openers_at_the_same_moment_bring_it_up_to_date_once(path: Path) -> None:
    MetadataStore.open(path).close()
    runs: list[int] = []
    newer = next_schema(ADDED, then=lambda: runs.append(1))
    start = threading.Barrier(6)

    def open_it(_: int) -> None:
        start.wait()
        with opened(path, newer):
            pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(open_it, range(6)))
    assert len(runs) == 1


def test_a_vault_that_another_process_makes_meanwhile_is_not_taken_for_a_foreign_file(path: Path) -> None:
    other = threading.Thread(target=lambda: MetadataStore.open(path).close())

    class Slow(SchemaMigrations):
        def version_of(self, connection: sqlite3.Connection) -> int:
            version = super().version_of(connection)
            if version == 0 and not other.ident:
                other.start()
                other.join(0.5)  # it comes to its end here, or waits for the look at the file to end
            return version

    path.parent.mkdir()
    path.touch()
    connection = sqlite3.connect(path, isolation_level=None)
    Slow(SCHEMA.steps).upgrade(connection, path)
    other.join()
    assert SCHEMA.version_of(connection) == SCHEMA.current_version
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()
