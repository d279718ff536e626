"""The file: its rights, its transactions, its damages."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import NameTakenError, SecretNotFoundError, VaultBusyError, VaultError
from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import NOW, saved

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65534
"""The number of a user without rights."""

posix = pytest.mark.skipif(
    os.name != "posix", reason="Windows has no mode bits; the profile folder's ACL protects there"
)


@posix
def test_folder_and_files_are_the_users_alone(path: Path, store: MetadataStore) -> None:
    saved(store, "a")
    assert path.parent.stat().st_mode & 0o777 == 0o700
    modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert set(modes) >= {"metadata.db", "metadata.db-wal", "metadata.db-shm"}
    assert set(modes.values()) == {0o600}


@posix
def test_loosened_files_are_closed_again_at_the_next_open(path: Path) -> None:
    MetadataStore.open(path).close()
    path.chmod(0o644)
    with MetadataStore.open(path) as store:
        saved(store, "a")
        modes = {each.name: each.stat().st_mode & 0o777 for each in path.parent.iterdir()}
    assert set(modes) >= {"metadata.db", "metadata.db-wal", "metadata.db-shm"}
    assert set(modes.values()) == {0o600}


@posix
def test_folder_that_serves_other_ends_keeps_its_rights(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "thesis.tex").touch()
    MetadataStore.open(tmp_path / "metadata.db").close()
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_inner_transaction_can_fail_alone(store: MetadataStore) -> None:
    def fail() -> None:
        with store.transaction():
            store.set_setting("inner", "1")
            _ = 1 / 0

    with store.transaction():
        store.set_setting("outer", "1")
        with pytest.raises(ZeroDivisionError):
            fail()
    assert (store.setting("outer"), store.setting("inner")) == ("1", None)


def test_inner_transaction_without_a_savepoint_stands_and_falls_with_the_outer_one(store: MetadataStore) -> None:
    def write(fault: int) -> None:
        with store.database.transaction(savepoint=False):
            saved(store, f"outer{fault}")
            with store.database.transaction(savepoint=False):
                saved(store, f"inner{fault}")
            _ = 1 / fault

    with pytest.raises(ZeroDivisionError):
        write(0)
    assert store.list() == []
    write(1)
    assert [secret.name for secret in store.list()] == ["inner1", "outer1"]


def test_failed_transaction_leaves_nothing_and_the_next_one_works(store: MetadataStore) -> None:
    def fail() -> None:
        with store.transaction(durable=False):
            saved(store, "a")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.list() == []
    saved(store, "a")
    assert store.count() == 1


def test_outermost_transaction_decides_whether_to_wait_for_the_disk(store: MetadataStore) -> None:
    def synchronous() -> int:
        return int(store.database.row("PRAGMA synchronous")[0])

    with store.transaction(durable=False):
        assert synchronous() == 1
        with store.transaction():
            assert synchronous() == 1
    with store.transaction():
        assert synchronous() == 2


def test_threads_share_one_store(store: MetadataStore) -> None:
    saved(store, "a")

    def work(_: int) -> None:
        for _round in range(100):
            with store.transaction(durable=False):
                store.record_use([store.find("a").id], NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert store.find("a").use_count == 600


def test_other_thread_never_sees_half_a_transaction(store: MetadataStore) -> None:
    seen: list[str | None] = []
    with store.transaction():
        store.set_setting("half", "done")
        reader = threading.Thread(target=lambda: seen.append(store.setting("half")))
        reader.start()
        reader.join(0.1)
        assert seen == []
    reader.join()
    assert seen == ["done"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_child_works_on_a_connection_of_its_own(store: MetadataStore) -> None:
    saved(store, "a")
    child = os.fork()
    if child == 0:
        try:
            store.record_use([store.find("a").id], NOW)
            store.close()
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    store.record_use([store.find("a").id], NOW)
    assert store.find("a").use_count == 2


def test_closed_store_says_so(store: MetadataStore) -> None:
    store.close()
    store.close()
    with pytest.raises(VaultError, match="closed"):
        store.list()


def test_transaction_that_another_process_keeps_open_is_busy_and_not_broken(path: Path, store: MetadataStore) -> None:
    other = Database.open(path, busy_timeout=0.05)
    with store.transaction(), pytest.raises(VaultBusyError), other.transaction():
        pass
    other.close()


NO_DATABASE = [b"not a database at all, but some text" * 200, b"SQLite format 3\0" + b"\xff" * 8000, b"x"]


@pytest.mark.parametrize("content", NO_DATABASE)
def test_damaged_file_is_named_with_the_way_back(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    (path.parent / "metadata.db.v1.bak").touch()
    with pytest.raises(VaultError) as caught:
        MetadataStore.open(path)
    assert caught.value.code == 1018
    assert str(path) in caught.value.message
    assert "metadata.db.v1.bak" in (caught.value.hint or "")


def use_everything(store: MetadataStore) -> None:
    store.list()
    store.list(search="secret1", tag="a")
    store.incomplete_writes()
    store.find("secret7")
    saved(store, "new")


@pytest.mark.parametrize("kind", ["flip", "cut"])
def test_no_damage_anywhere_is_worse_than_a_clear_error(path: Path, tmp_path: Path, kind: str) -> None:
    with MetadataStore.open(path) as store:
        saved(store, *(f"secret{number}" for number in range(200)), tags=("a", "b"), description="d" * 50)
    whole = path.read_bytes()
    chance = random.Random(7)
    for number in range(150):
        broken = tmp_path / str(number) / "metadata.db"
        broken.parent.mkdir()
        offset = chance.randrange(1, len(whole))
        if kind == "cut":
            broken.write_bytes(whole[:offset])
        else:
            broken.write_bytes(
                whole[:offset] + bytes([whole[offset] ^ (1 << chance.randrange(8))]) + whole[offset + 1 :]
            )
        # A flipped bit in a name or an id is a name or an id like another: that secret is then not found.
        clear = (VaultError, SecretNotFoundError, NameTakenError)
        with contextlib.suppress(*clear), MetadataStore.open(broken) as store:
            use_everything(store)
        shutil.rmtree(broken.parent)


def test_another_programs_database_is_left_alone(path: Path) -> None:
    path.parent.mkdir()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    path.chmod(0o644)
    before, mode = path.read_bytes(), path.stat().st_mode
    assert before[18:20] == b"\1\1", "not in write-ahead-log mode"
    with pytest.raises(VaultError, match="another program"):
        MetadataStore.open(path)
    assert (path.read_bytes(), path.stat().st_mode) == (before, mode)
    assert not (path.parent / "write.lock").exists()


def test_reading_only_reads(path: Path) -> None:
    with pytest.raises(VaultError, match="there is no vault"):
        MetadataStore.open(path, read_only=True)
    assert not path.parent.exists()
    with MetadataStore.open(path) as store:
        saved(store, "a")
        with MetadataStore.open(path, read_only=True) as reader:
            assert reader.find("a") == store.find("a")
            with pytest.raises(VaultError, match="read-only"):
                reader.set_setting("a", "b")


@pytest.fixture
def folder_of_an_ordinary_user() -> Iterator[Path]:
    """A folder of the user that this process is meanwhile: root, who may write everywhere, becomes another."""
    with tempfile.TemporaryDirectory() as name:
        was_root = os.geteuid() == 0
        if was_root:
            os.chown(name, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            if was_root:
                os.seteuid(0)


@posix
def test_folder_without_write_permission_is_named(folder_of_an_ordinary_user: Path) -> None:
    folder_of_an_ordinary_user.chmod(0o500)
    with pytest.raises(VaultError, match=r"metadata\.db"):
        MetadataStore.open(folder_of_an_ordinary_user / "metadata.db")
    folder_of_an_ordinary_user.chmod(0o700)
    MetadataStore.open(folder_of_an_ordinary_user / "metadata.db").close()


def test_path_that_is_a_folder_or_lies_in_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "metadata.db"):
        with pytest.raises(VaultError) as caught:
            MetadataStore.open(path)
        assert str(path) in caught.value.message


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full's kin: a size limit of Linux")
def test_full_disk_is_called_that_and_loses_nothing(path: Path, store: MetadataStore) -> None:
    saved(store, "a")
    store.database.rows("PRAGMA max_page_count = 1")
    with pytest.raises(VaultError, match="disk is full"):
        saved(store, *(f"b{number}" for number in range(2000)))
    assert [secret.name for secret in store.list()] == ["a"]
