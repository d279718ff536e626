"""A program that works with a vault and stops where a test wants to look: `python -m tests.memory.child HOME STORE CODE`.

It is a process of our own, as `pond` is, unless WATCH_AS_HOST is set.
The code sees `vault`, `con` (a DuckDB) and `here(place)`.
"""

from __future__ import annotations

import os
import sys

from pondpilot_secrets.secure.own_process import prepare_own_process
from tests.memory.here import here
from tests.vault.stores import open_vault


def main(home: str, store: str, code: str) -> None:
    import duckdb

    if "WATCH_AS_HOST" not in os.environ:
        prepare_own_process()
    con = duckdb.connect()
    with open_vault(home, store) as vault:
        exec(code, {"vault": vault, "con": con, "here": here})
        here("done")
    here("closed")


if __name__ == "__main__":
    main(*sys.argv[1:])
