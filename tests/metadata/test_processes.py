"""Several processes on one vault."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pondpilot_secrets.errors import NameTakenError
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.metadata.write_lock import WriteLock
from tests.metadata.samples import NOW, sample, saved

pytestmark = pytest.mark.slow  # each starts processes that write together

PROCESSES, ROUNDS = 4, 40


def work(path: Path, worker: int) -> int:
    """Open the vault, perhaps as the first; save secrets of our own, fight over shared names, use and delete."""
    won = 0
    with MetadataStore.open(path) as store:
        lock = WriteLock(path.parent / "write.lock")
        for number in range(ROUNDS):
            with lock:
                (mine,) = saved(store, f"w{worker}_{number}")
            try:
                with lock:
                    saved(store, f"shared_{number}")
                won += 1
            except NameTakenError:
                pass
            store.record_use([store.find(f"shared_{number}").id], NOW)
            if number % 2:
                with lock:
                    store.mark_deleting([mine.id])
                    store.remove([mine.id])
    return won


def test_writers_lose_nothing_and_never_meet_a_locked_database(path: Path) -> None:
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        won = list(pool.map(work, [path] * PROCESSES, range(PROCESSES)))
    assert sum(won) == ROUNDS
    with MetadataStore.open(path) as store:
        assert store.count() == PROCESSES * ROUNDS // 2 + ROUNDS
        assert [secret.use_count for secret in store.list(search="shared_")] == [PROCESSES] * ROUNDS
        assert store.incomplete_writes() == []
        assert store.database.rows("PRAGMA integrity_check") == [("ok",)]


def test_reader_sees_what_another_store_wrote(path: Path, store: MetadataStore) -> None:
    with MetadataStore.open(path) as other:
        secret = sample("a")
        other.insert_pending(secret)
        assert len(store.incomplete_writes()) == 1
        other.mark_ready([secret.id])
        assert store.find("a").id == secret.id
