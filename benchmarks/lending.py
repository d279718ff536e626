"""Handing secrets to DuckDB: the second time, and the first against its own parts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator

import duckdb

from benchmarks.keychains import FIELDS, drafts, without_limits
from benchmarks.measure import Row, seconds_per_call
from pondpilot_secrets import SecretsManager

AT_ONCE = 10
"""How many secrets one instance holds in the end: DuckDB lists all of them before each new one."""

ROUNDS = 30

BARE = "CREATE OR REPLACE TEMPORARY SECRET bare (TYPE s3, KEY_ID ?, SECRET ?, REGION ?, SCOPE ?)"
VALUES = [FIELDS["key_id"], FIELDS["secret"], FIELDS["region"], ["s3://bare/"]]


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, SecretsManager.open(folder, "system") as vault:
        names = [metadata.name for metadata in vault.save_secrets(drafts(AT_ONCE))]
        without_limits(vault)
        con = duckdb.connect()
        vault.apply(con, names[0])
        again = seconds_per_call(lambda: vault.apply(con, names[0]), calls=1_000)
        yield Row("apply an unchanged secret again", again, 50e-6)

        def parts() -> None:
            for name in names:
                vault.get_secret(name).close()
                con.execute(BARE, VALUES)

        new, alone = _seconds_for_new(vault, con, names, parts)
        yield Row(f"apply a new secret ({AT_ONCE} in all), over its get and a bare CREATE SECRET", new - alone, 1e-3)
        vault.delete_secrets(names)


def _seconds_for_new(
    vault: SecretsManager, con: duckdb.DuckDBPyConnection, names: list[str], parts: Callable[[], object]
) -> tuple[float, float]:
    """Apply secrets one by one to an instance that has none of ours yet, taking turns with the parts alone.

    Returns the best times of one secret.
    """
    new, alone = [], []
    for _ in range(ROUNDS):
        vault.clear_secrets(con)
        new.append(seconds_per_call(lambda: [vault.apply(con, name) for name in names], calls=1, rounds=1))
        alone.append(seconds_per_call(parts, calls=1, rounds=1))
    return min(new) / len(names), min(alone) / len(names)
