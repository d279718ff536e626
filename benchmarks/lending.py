"""Handing secrets to DuckDB: the second time, and the first against its own parts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import cycle

import duckdb

from benchmarks.keychains import FIELDS, drafts
from benchmarks.measure import Row, seconds_per_call
from pondpilot_secrets import SecretsManager

BARE = "CREATE OR REPLACE TEMPORARY SECRET bare (TYPE s3, KEY_ID ?, SECRET ?, REGION ?, SCOPE ?)"


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, SecretsManager.open(folder, "system") as vault:
        names = [metadata.name for metadata in vault.save_secrets(drafts(100))]
        con = duckdb.connect()
        vault.apply(con, names[0])
        again = seconds_per_call(lambda: vault.apply(con, names[0]), calls=1_000)
        yield Row("apply an unchanged secret again", again, 50e-6)

        values = [FIELDS["key_id"], FIELDS["secret"], FIELDS["region"], ["s3://bare/"]]
        bare = seconds_per_call(lambda: con.execute(BARE, values), calls=50)
        get = seconds_per_call(lambda: vault.get_secret(names[1]).close(), calls=50)
        fresh = iter(names[1:])
        new = seconds_per_call(lambda: vault.apply(con, next(fresh)), calls=19, rounds=5)
        yield Row("apply a new secret, over its get and a bare CREATE SECRET", new - get - bare, 1e-3)

        switching = cycle(names[1:3])
        turn = seconds_per_call(lambda: _apply_and_drop(vault, con, next(switching)), calls=20)
        yield Row("apply for a `with` block, in all", turn, 5e-3)
        vault.delete_secrets(names)


def _apply_and_drop(vault: SecretsManager, con: duckdb.DuckDBPyConnection, name: str) -> None:
    vault.clear_secrets(con)
    with vault.applied(con, name):
        pass
