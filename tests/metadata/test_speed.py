"""Wide limits that only a mistake breaks; the real bars are in `benchmarks/`."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.metadata import full_text
from pondpilot_secrets.metadata.store import MetadataStore
from tests.metadata.samples import NOW, sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def best(call: Callable[[], Any], times: int = 5) -> float:
    """Return the shortest of several runs, in seconds."""
    runs = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        runs.append(time.perf_counter() - start)
    return min(runs)


@pytest.mark.parametrize("large", [20_000, 1_000])
def test_ten_thousand_secrets_are_listed_and_searched_at_once(
    store: MetadataStore, monkeypatch: pytest.MonkeyPatch, large: int
) -> None:
    monkeypatch.setattr(full_text, "LARGE", large)
    secrets = [
        sample(f"name_{number:05}", tags=("all", f"t{number % 500}"), scopes=(f"s3://bucket{number}/",))
        for number in range(10_000)
    ]
    store.insert_pending(secrets)
    store.mark_ready([secret.id for secret in secrets])
    wanted: list[dict[str, Any]] = [
        {}, {"type": "s3"}, {"type": "http"}, {"tag": "all"}, {"tag": "t7"}, {"search": "name"}, {"search": "09999"},
        {"search": "missing"}, {"search": "zq"}, {"search": "bucket", "tag": "all", "type": "s3"}, {"after": "name_05"},
    ]  # fmt: skip
    for each in wanted:
        assert best(partial(store.list, limit=100, **each)) < 0.03, each


def test_one_look_costs_microseconds(store: MetadataStore) -> None:
    secret = sample()
    store.insert_pending(secret)
    store.mark_ready([secret.id])
    assert best(lambda: [store.find("prod_s3") for _ in range(100)]) / 100 < 200e-6
    assert best(lambda: [store.revision_of("prod_s3") for _ in range(100)]) / 100 < 100e-6
    assert best(lambda: store.record_use([secret.id], NOW), 100) < 1e-3


def test_vault_opens_within_milliseconds(path: Path) -> None:
    MetadataStore.open(path).close()
    assert best(lambda: MetadataStore.open(path).close()) < 0.01
