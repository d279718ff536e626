"""The copy that is made before a file is brought up to date: whole, for its owner alone, and good for putting back."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.metadata import schema_migrations
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import saved

NAMES = [f"secret{number:03}" for number in range(200)]

DYING = """
import os, pathlib, signal, sys
from pondpilot_secrets.metadata import schema_migrations
from pondpilot_secrets.metadata.store import MetadataStore

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def next_version(connection):
    connection.execute("CREATE TABLE added (a)")
    connection.execute("UPDATE secrets SET description = 'half way'")
    connection.execute("INSERT INTO added SELECT zeroblob(100000) FROM secrets")  # more than fits into the cache
    die()

if sys.argv[2] == "copying":
    pathlib.Path.replace = die
schema_migrations.MIGRATIONS = (*schema_migrations.MIGRATIONS, next_version)
MetadataStore.open(pathlib.Path(sys.argv[1]))
"""


def next_version(connection: sqlite3.Connection) -> None:
    connection.execute("CREATE TABLE added (a)")
    connection.execute("UPDATE secrets SET use_count = 77")


@pytest.fixture
def version() -> int:
    return schema_migrations.current_version()


@pytest.fixture
def old(path: Path, version: int) -> Path:
    with MetadataStore.open(path) as store:
        saved(store, *NAMES)
        store.set_setting("vault_id", "v")
    return path


def content(path: Path) -> list[str]:
    """Every table and row, whatever the file's form."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    dumped = list(connection.iterdump())
    connection.close()
    return dumped


def migrated(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema_migrations, "MIGRATIONS", (*schema_migrations.MIGRATIONS, next_version))
        with MetadataStore.open(path) as store:
            assert store.find(NAMES[0]).use_count == 77


def test_the_copy_holds_all_that_was_committed_even_what_is_in_the_log_only(
    old: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MetadataStore.open(old) as reader:  # keeps the write-ahead log from being folded into the file
        reader.database.row("SELECT count(*) FROM secrets")
        with MetadataStore.open(old) as store:
            saved(store, "late")
        before = content(old)
        reader.close()
    assert any("late" in line for line in before)
    migrated(old, monkeypatch)
    copy = schema_migrations.backup_path(old, version)
    assert content(copy) == before
    assert sorted(path.name for path in old.parent.glob("*.bak*")) == [copy.name]


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_copy_is_for_its_owner_alone(old: Path, version: int, monkeypatch: pytest.MonkeyPatch, mask: int) -> None:
    before = os.umask(mask)
    try:
        migrated(old, monkeypatch)
    finally:
        os.umask(before)
    assert schema_migrations.backup_path(old, version).stat().st_mode & 0o777 == 0o600


def test_the_copy_can_be_put_back_as_the_error_says(old: Path, version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before = content(old)
    migrated(old, monkeypatch)
    old.write_bytes(old.read_bytes()[:5000])
    with pytest.raises(VaultError) as caught:
        MetadataStore.open(old).list()
    copy = schema_migrations.backup_path(old, version)
    assert str(copy) in (caught.value.hint or "")
    for suffix in ("", "-wal", "-shm"):  # "move it and its -wal and -shm files away and put back a copy"
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    old.write_bytes(copy.read_bytes())
    with MetadataStore.open(old) as store:
        assert [secret.name for secret in store.list()] == NAMES
    assert content(old) == before
    migrated(old, monkeypatch)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["copying", "changing"])
def test_a_migration_that_is_killed_leaves_the_old_version_working(
    old: Path, version: int, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(old)
    child = subprocess.run([sys.executable, "-c", DYING, str(old), moment], capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    copy = schema_migrations.backup_path(old, version)
    assert copy.exists() is (moment == "changing")
    if moment == "changing":
        assert content(copy) == before
    with MetadataStore.open(old) as store:
        assert [secret.name for secret in store.list()] == NAMES
        assert store.damage() == ((), (), ())
    assert content(old) == before
    migrated(old, monkeypatch)
    assert content(copy) == before
    assert not list(old.parent.glob("*.partial*"))


def test_where_the_copy_cannot_be_written_nothing_is_migrated(
    old: Path, version: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = content(old)
    copy = schema_migrations.backup_path(old, version)
    copy.with_name(copy.name + ".partial").mkdir()
    with pytest.raises(VaultError) as caught:
        migrated(old, monkeypatch)
    assert str(copy) in caught.value.message
    assert caught.value.hint
    assert content(old) == before
    with MetadataStore.open(old) as store:
        assert [secret.name for secret in store.list()] == NAMES
