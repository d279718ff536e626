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
from pondpilot_secrets.metadata.schema_backup import backup_path
from pondpilot_secrets.metadata.schema_migrations import SCHEMA
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import saved
from tests.metadata.schemas import next_schema, opened

NAMES = [f"secret{number:03}" for number in range(200)]

DYING = """
import os, pathlib, signal, sys
from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.schema_migrations import SCHEMA, SchemaMigrations

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def next_version(connection):
    connection.execute("CREATE TABLE added (a)")
    connection.execute("UPDATE secrets SET description = 'half way'")
    connection.execute("INSERT INTO added SELECT zeroblob(100000) FROM secrets")  # more than fits into the cache
    die()

if sys.argv[2] == "copying":
    pathlib.Path.replace = die
Database.open(pathlib.Path(sys.argv[1]), schema=SchemaMigrations([*SCHEMA.steps, next_version]))
"""


NEXT = next_schema("CREATE TABLE added (a)", "UPDATE secrets SET use_count = 77")


@pytest.fixture
def old(path: Path) -> Path:
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


def upgrade(path: Path) -> None:
    with opened(path, NEXT) as store:
        assert store.find(NAMES[0]).use_count == 77


def copy_of(path: Path) -> Path:
    return backup_path(path, SCHEMA.current_version)


def test_the_copy_holds_all_that_was_committed_even_what_is_in_the_log_only(old: Path) -> None:
    with MetadataStore.open(old) as reader:  # keeps the write-ahead log from being folded into the file
        reader.database.row("SELECT count(*) FROM secrets")
        with MetadataStore.open(old) as store:
            saved(store, "late")
        before = content(old)
        reader.close()
    assert any("late" in line for line in before)
    upgrade(old)
    copy = copy_of(old)
    assert content(copy) == before
    assert sorted(path.name for path in old.parent.glob("*.bak*")) == [copy.name]


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077])
def test_the_copy_is_for_its_owner_alone(old: Path, mask: int) -> None:
    before = os.umask(mask)
    try:
        upgrade(old)
    finally:
        os.umask(before)
    assert copy_of(old).stat().st_mode & 0o777 == 0o600


def test_the_copy_can_be_put_back_as_the_error_says(old: Path) -> None:
    before = content(old)
    upgrade(old)
    old.write_bytes(old.read_bytes()[:5000])
    with pytest.raises(VaultError) as caught:
        MetadataStore.open(old).list()
    copy = copy_of(old)
    assert str(copy) in (caught.value.hint or "")
    for suffix in ("", "-wal", "-shm"):  # "move it and its -wal and -shm files away and put back a copy"
        old.with_name(old.name + suffix).unlink(missing_ok=True)
    old.write_bytes(copy.read_bytes())
    with MetadataStore.open(old) as store:
        assert [secret.name for secret in store.list()] == NAMES
    assert content(old) == before
    upgrade(old)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("moment", ["copying", "changing"])
def test_an_upgrade_that_is_killed_leaves_the_old_version_working(old: Path, moment: str) -> None:
    before = content(old)
    child = subprocess.run([sys.executable, "-c", DYING, str(old), moment], capture_output=True, text=True, check=False)
    assert child.returncode == -signal.SIGKILL, child.stderr
    copy = copy_of(old)
    assert copy.exists() is (moment == "changing")
    if moment == "changing":
        assert content(copy) == before
    with MetadataStore.open(old) as store:
        assert [secret.name for secret in store.list()] == NAMES
        assert store.find_corruption() == ((), (), ())
    assert content(old) == before
    upgrade(old)
    assert content(copy) == before
    assert not list(old.parent.glob("*.partial*"))


def test_where_the_copy_cannot_be_written_nothing_is_changed(old: Path) -> None:
    before = content(old)
    copy = copy_of(old)
    copy.with_name(copy.name + ".partial").mkdir()
    with pytest.raises(VaultError) as caught:
        upgrade(old)
    assert str(copy) in caught.value.message
    assert caught.value.hint
    assert content(old) == before
    with MetadataStore.open(old) as store:
        assert [secret.name for secret in store.list()] == NAMES
