"""Every single-row edit, deletion, swap and insertion, and every cut of the tail, in a log of 10,000 rows is found."""

from __future__ import annotations

import functools
import multiprocessing
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from pondpilot_secrets.access.audit import Action, AuditEntry, AuditLog, chain
from pondpilot_secrets.access.audit.verify import verify
from pondpilot_secrets.access.grants import Access
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.secure import SecureString
from tests.access.conftest import KEY
from tests.metadata.samples import sample
from tests.torture.conftest import Figure
from tests.torture.scale import scaled

ROWS = 10_000
COLUMNS = ("at", "interface", "pid", "user", "action", "secret_id", "secret_name", "outcome", "code", "detail", "mac")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "metadata.db"
    secrets = [sample(f"s{number}") for number in range(20)]
    with MetadataStore.open(path) as store:
        log = AuditLog(store.database, SecureString(KEY), Access("cli", frozenset()))
        log.append([AuditEntry.of(Action.REVEAL, secrets[n % 20], detail=f"d{n}") for n in range(ROWS)])
        store.database.change("DROP TRIGGER audit_is_never_changed")
        store.database.change("DROP TRIGGER audit_is_never_deleted")
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("DROP INDEX audit_by_secret")  # which a check does not use, and which slows an attack down
    connection.close()
    return path


def edit(database: sqlite3.Connection, seq: int, chance: random.Random) -> None:
    column = chance.choice(COLUMNS)
    if column in ("at", "pid"):
        change = f"{column} = {column} + {chance.choice((-1, 1, 60_000_000))}"
    elif column == "mac":
        change = "mac = zeroblob(32)"
    elif column == "code":
        change = "code = 1"
    else:
        change = f"{column} = {column} || 'x'"
    database.execute(f"UPDATE audit SET {change} WHERE seq = ?", (seq,))


def delete(database: sqlite3.Connection, seq: int, chance: random.Random) -> None:
    database.execute("DELETE FROM audit WHERE seq = ?", (seq,))
    if chance.random() < 0.5:  # and close the gap
        database.execute("UPDATE audit SET seq = -seq WHERE seq > ?", (seq,))
        database.execute("UPDATE audit SET seq = -seq - 1 WHERE seq < 0")


def swap(database: sqlite3.Connection, seq: int, chance: random.Random) -> None:
    other = chance.choice([number for number in (seq - 1, seq + 1, chance.randint(1, ROWS)) if 1 <= number <= ROWS])
    if other == seq:
        other = 1 + seq % ROWS
    for old, new in ((seq, -1), (other, seq), (-1, other)):
        database.execute("UPDATE audit SET seq = ? WHERE seq = ?", (new, old))


def insert(database: sqlite3.Connection, seq: int, chance: random.Random) -> None:
    database.execute("UPDATE audit SET seq = -seq - 1 WHERE seq > ?", (seq,))
    database.execute("UPDATE audit SET seq = -seq WHERE seq < 0")
    source = chance.randint(1, seq)
    columns = "at, interface, pid, user, action, secret_id, secret_name, outcome, code, detail, mac"
    database.execute(
        f"INSERT INTO audit (seq, {columns}) SELECT ?, {columns} FROM audit WHERE seq = ?", (seq + 1, source)
    )


def cut(database: sqlite3.Connection, seq: int, chance: random.Random) -> None:
    del chance
    database.execute("DELETE FROM audit WHERE seq >= ?", (seq,))


ATTACKS = {attack.__name__: attack for attack in (edit, delete, swap, insert, cut)}


@pytest.mark.parametrize("kind", ATTACKS)
def test_it_is_found_wherever_it_is_done(kind: str, template: Path, tmp_path: Path, figure: Figure) -> None:
    chance = random.Random(kind)
    places = sorted({1, ROWS, *chance.sample(range(2, ROWS), scaled(ROWS, 8) - 2)})
    workers = scaled(os.cpu_count() or 1, 1)
    shares = [(kind, places[first::workers], template, tmp_path / f"{first}.db") for first in range(workers)]
    if workers == 1:
        missed = missed_by(*shares[0])
    else:
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            missed = sorted(seq for found in pool.map(missed_by, *zip(*shares, strict=True)) for seq in found)
    figure(f"audit: {kind} at {len(places):,} of {ROWS:,} rows, {len(places) - len(missed):,} found")
    assert missed == []


def missed_by(kind: str, places: list[int], template: Path, path: Path) -> list[int]:
    """Attack a copy of the log at each of the places, one at a time, and give those where it still verifies."""
    shutil.copy(template, path)
    missed = []
    with MetadataStore.open(path) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "row_mac", remembered(chain.row_mac))
        database = store.database._live()
        assert verify_within(store, KEY)
        for seq in places:
            database.execute("BEGIN")
            ATTACKS[kind](database, seq, random.Random(f"{kind} {seq}"))
            if verify_within(store, KEY):
                missed.append(seq)
            database.execute("ROLLBACK")
        assert verify_within(store, KEY)
    return missed


def remembered(row_mac: Callable[..., bytes]) -> Callable[..., bytes]:
    """The same seals, each made once: most rows are the same at every place, and all rows at all places take hours."""
    made = functools.lru_cache(maxsize=4 * ROWS, typed=True)(
        lambda key, previous, *values: row_mac(key, previous, values)
    )
    return lambda key, previous, values: made(key, previous, *values)


def verify_within(store: MetadataStore, key: bytes) -> bool:
    """Verify on the connection in which the change was made, so that it can be rolled back."""

    class Unfrozen:
        """A database whose snapshot is itself."""

        def __enter__(self):
            return store.database

        def __exit__(self, *_: object) -> None:
            return None

        def snapshot(self):
            return self

    return verify(Unfrozen(), key).ok  # type: ignore[arg-type]
