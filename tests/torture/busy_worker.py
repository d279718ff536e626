"""One of many that work on a vault: `python -m tests.torture.busy_worker HOME STORE KEY NUMBER OPERATIONS SEED`.

It waits for a line, then saves, reads, edits, renames, searches, applies and deletes secrets of its own, and keeps changing
its own field of a secret that all share. Everything it reads must be what it wrote last. Prints what came of it as JSON.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Any

import duckdb

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.metadata.write_lock import WriteLock
from tests.torture.operations import new_name, new_value

SHARED = "shared"
FIELDS = (
    "host",
    "database",
    "user",
    "password",
    "application_name",
    "fallback_application_name",
    "options",
    "service",
)
"""One field of the shared secret for each worker."""

MOST_OF_ITS_OWN = 3


class Busy:
    """A worker's own view: what it has acknowledged to itself, and how long it waited."""

    def __init__(self, vault: SecretsManager, number: int, rng: random.Random) -> None:
        self.vault, self.number, self.rng = vault, number, rng
        self.field, self.mark = FIELDS[number], 0
        self.own: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.longest: dict[str, float] = {}
        self.duckdb = duckdb.connect()

    def work(self, operations: int) -> None:
        for _ in range(operations):
            names = ["shared", "read_shared", "find", "search"]
            names += ["save"] if len(self.own) < MOST_OF_ITS_OWN else ["delete"]
            names += ["read", "edit", "rename", "apply", "read_all"] if self.own else []
            name = self.rng.choice(names)
            started = time.monotonic()
            getattr(self, f"do_{name}")()
            took = time.monotonic() - started
            self.counts[name] = self.counts.get(name, 0) + 1
            self.longest[name] = max(self.longest.get(name, 0.0), took)

    def do_shared(self) -> None:
        """Read our field, which must be what we left there, and put the next number into it."""
        self.do_read_shared()
        self.vault.update_secret(SHARED, fields={self.field: f"{self.mark + 1}"})
        self.mark += 1

    def do_read_shared(self) -> None:
        assert self.value(SHARED, self.field) == str(self.mark), "an update of the shared secret was lost"

    def do_save(self) -> None:
        name, value = self.new_name(), new_value(self.rng)
        self.vault.save_secret("s3", name, {"key_id": "K", "secret": value}, scope=f"s3://{name}/")
        self.own[name] = value

    def do_read(self) -> None:
        name = self.one()
        assert self.value(name, "secret") == self.own[name], "an update was lost"

    def do_read_all(self) -> None:
        names = list(self.own)
        for name, secret in zip(names, self.vault.get_secrets(names), strict=True):
            with secret:
                assert secret.credentials["secret"].expose() == self.own[name], "an update was lost"

    def do_edit(self) -> None:
        name, value = self.one(), new_value(self.rng)
        self.vault.update_secret(name, fields={"secret": value})
        self.own[name] = value

    def do_rename(self) -> None:
        old, new = self.one(), self.new_name()
        self.vault.update_secret(old, name=new, tags=[new])
        self.own[new] = self.own.pop(old)

    def do_delete(self) -> None:
        name = self.one()
        self.vault.delete_secret(name)
        del self.own[name]

    def do_find(self) -> None:
        listed = {row.name for row in self.vault.list_secrets()}
        assert self.own.keys() <= listed
        assert {name for name in listed if name.startswith(f"w{self.number}_")} == self.own.keys()

    def do_search(self) -> None:
        found = {row.name for row in self.vault.list_secrets(search=f"w{self.number}_", type="s3")}
        assert found == self.own.keys()

    def do_apply(self) -> None:
        name = self.one()
        with self.vault.applied(self.duckdb, name):
            known = self.duckdb.execute("SELECT count(*) FROM duckdb_secrets() WHERE name = ?", [name]).fetchone()
        assert known == (1,)

    def value(self, name: str, field: str) -> str:
        with self.vault.get_secret(name) as secret:
            return secret.credentials[field].expose()

    def one(self) -> str:
        return self.rng.choice(list(self.own))

    def new_name(self) -> str:
        return f"w{self.number}_{new_name(self.rng)}"


class Waits:
    """How long each taking of the write lock took."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        acquire = WriteLock.acquire

        def timed(lock: WriteLock, deadline: float | None = None) -> None:
            started = time.monotonic()
            acquire(lock, deadline)
            self.seconds.append(time.monotonic() - started)

        WriteLock.acquire = timed  # type: ignore[method-assign]


def main(home: str, store: str, key: str, number: str, operations: str, seed: str) -> None:
    waits = Waits()
    duckdb.connect().close()
    print("loaded", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    with SecretsManager.open(Path(home), store, key_file=key or None) as vault:
        busy = Busy(vault, int(number), random.Random(f"{seed} {number}"))
        busy.work(int(operations))
    result: dict[str, Any] = {
        "seconds": time.monotonic() - started,
        "mark": busy.mark,
        "own": busy.own,
        "counts": busy.counts,
        "longest": busy.longest,
        "waits": waits.seconds,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
