"""Handing secrets to DuckDB: the second time, and the first against its own parts."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator

import duckdb

from benchmarks.keychains import FIELDS, drafts, without_limits
from benchmarks.measure import Row, seconds_per_call
from pondpilot_secrets import SecretsManager

AT_ONCE = 10
"""How many secrets one instance holds in the end: DuckDB lists all of them before each new one."""

BARE = "CREATE OR REPLACE TEMPORARY SECRET bare (TYPE s3, KEY_ID ?, SECRET ?, REGION ?, SCOPE ?)"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, SecretsManager.open(folder, "system") as vault:
        names = [metadata.name for metadata in vault.save_secrets(drafts(100))]
        without_limits(vault)
        con = duckdb.connect()
        vault.apply(con, names[0])
        again = seconds_per_call(lambda: vault.apply(con, names[0]), calls=1_000)
        yield Row("apply an unchanged secret again", again, 50e-6)

        values = [FIELDS["key_id"], FIELDS["secret"], FIELDS["region"], ["s3://bare/"]]
        bare = seconds_per_call(lambda: con.execute(BARE, values), calls=50)
        get = seconds_per_call(lambda: vault.get_secret(names[1]).close(), calls=50)
        new = min(_seconds_for_new(vault, con, names[start : start + AT_ONCE]) for start in range(0, 100, AT_ONCE))
        yield Row(
            f"apply a new secret ({AT_ONCE} in all), over its get and a bare CREATE SECRET", new - get - bare, 1e-3
        )
        vault.delete_secrets(names)


def _seconds_for_new(vault: SecretsManager, con: duckdb.DuckDBPyConnection, names: list[str]) -> float:
    """Apply secrets one by one to an instance that has none of ours yet; returns the time of one."""
    vault.clear_secrets(con)
    start = time.perf_counter()
    for name in names:
        vault.apply(con, name)
    return (time.perf_counter() - start) / len(names)
