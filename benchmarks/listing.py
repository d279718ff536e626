"""Listing and searching metadata: the first 100 of 10,000 and of 100,000."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.keychains import drafts
from benchmarks.measure import Row, seconds_per_call
from pondpilot_secrets import SecretsManager

QUERIES = {
    "list": {},
    "search what all match": {"search": "bench"},
    "search what one matches": {"search": "bench_004711"},
    "list by type": {"type": "s3"},
    "list by tag": {"tag": "team7"},
    "search within a tag": {"tag": "team7", "search": "bench_00"},
}


def rows() -> Iterator[Row]:
    for count, bar in ((10_000, 0.010), (100_000, 0.050)):
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder) / "vault"
            with SecretsManager.open(home, "file", key_file=Path(folder) / "key") as vault:
                for start in range(0, count, 10_000):
                    vault.save_secrets(drafts(count)[start : start + 10_000])
                for subject, query in QUERIES.items():
                    found = vault.list_secrets(limit=100, **query)
                    assert found, subject
                    took = seconds_per_call(partial(vault.list_secrets, limit=100, **query), calls=5)
                    yield Row(f"{subject}, the first 100 of {count:,}", took, bar)
