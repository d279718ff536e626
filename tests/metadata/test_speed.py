"""How much work SQLite does, by its own count of steps: no machine's load changes it; `benchmarks/` has the times.

A step of SQLite's machine takes 10 to 50 ns. The bars are about twice what was counted on 2026-11-27.
"""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.metadata.database import Database
from pondpilot_secrets.metadata.full_text import LARGE
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import NOW, sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.slow  # each makes ten thousand secrets


def steps(store: MetadataStore, call: Callable[[], Any]) -> int:
    """Return how many steps of SQLite's virtual machine a call takes."""
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection = store.database._live()
    connection.set_progress_handler(tick, 1)
    try:
        call()
    finally:
        connection.set_progress_handler(None, 1)
    return count


@pytest.mark.parametrize("large", [LARGE, 1_000])
def test_a_page_of_ten_thousand_secrets_is_not_looked_for_through_all_rows(path: Path, large: int) -> None:
    with MetadataStore(Database.open(path), large=large) as store:
        secrets = [
            sample(f"name_{number:05}", tags=("all", f"t{number % 500}"), scopes=(f"s3://bucket{number}/",))
            for number in range(10_000)
        ]
        store.insert_pending(secrets)
        store.mark_ready([secret.id for secret in secrets])
        index = large == 1_000
        bars: list[tuple[int, dict[str, Any]]] = [
            (4_000, {}),
            (4_000, {"type": "s3"}),
            (50, {"type": "http"}),
            (5_000, {"tag": "all"}),
            (1_000, {"tag": "t7"}),
            (4_000, {"after": "name_05"}),
            (30_000 if index else 5_000, {"search": "name"}),
            (60_000 if index else 40_000, {"search": "bucket", "tag": "all", "type": "s3"}),
            (1_000 if index else 100_000, {"search": "09999"}),  # without the index, each row is looked at once
            (1_000 if index else 100_000, {"search": "missing"}),
            (100_000, {"search": "zq"}),  # too short for the index
        ]
        for bar, listing in bars:
            assert steps(store, partial(store.list, limit=100, **listing)) < bar, listing


def test_one_look_takes_no_more_steps_in_a_large_vault_than_in_a_small_one(store: MetadataStore) -> None:
    for number in (1, 3_000):
        secrets = [sample(f"n{number}_{each}") for each in range(number)]
        store.insert_pending(secrets)
        store.mark_ready([secret.id for secret in secrets])
        name = secrets[-1].name
        assert steps(store, lambda name=name: store.find(name)) < 70
        assert steps(store, lambda name=name: store.revision_of(name)) < 40
        assert steps(store, lambda id_=secrets[-1].id: store.record_use([id_], NOW)) < 150


def test_a_vault_that_is_there_is_opened_with_a_handful_of_statements(path: Path) -> None:
    MetadataStore.open(path).close()
    statements: list[str] = []

    class Traced(sqlite3.Connection):
        def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
            statements.append(sql)
            return super().execute(sql, *parameters)

    genuine = sqlite3.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", lambda *given, **named: genuine(*given, **named, factory=Traced))
        MetadataStore.open(path).close()
    assert all(statement.startswith("PRAGMA") for statement in statements), statements
    assert len(statements) < 12
