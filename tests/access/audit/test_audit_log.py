"""Recording: what is written, by whom, together with what, and what happens when it cannot be."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.access.audit import Action, AuditEntry, AuditLog, Outcome
from pondpilot_secrets.access.grants import EVERYTHING, Access
from pondpilot_secrets.errors import AuditBrokenError, WipedError
from pondpilot_secrets.metadata.rows import microseconds
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.secure import SecureString
from tests.access.conftest import KEY, entries
from tests.metadata.samples import sample, saved

if TYPE_CHECKING:
    from pathlib import Path


AT = datetime(2026, 11, 27, 9, 30, 0, 123456, UTC)


def test_entry_says_who_what_when_and_how_it_ended(store: MetadataStore) -> None:
    secret = sample("prod")
    log = AuditLog(store.database, SecureString(KEY), EVERYTHING, lambda: microseconds(AT) * 1000 + 999)
    log.append([AuditEntry.of(Action.REVEAL, secret, outcome=Outcome.DENIED, code=1011, detail="no grant")])
    (record,) = entries(log)
    assert (record.seq, record.interface, record.pid, record.action, record.outcome) == (
        1,
        "python",
        os.getpid(),
        "reveal",
        "denied",
    )
    assert (record.secret_id, record.secret_name, record.code, record.detail) == (secret.id, "prod", 1011, "no grant")
    assert record.at == AT
    assert record.user


def test_user_is_the_systems_word_and_not_the_environments(
    store: MetadataStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("USER", "LOGNAME", "USERNAME"):
        monkeypatch.setenv(variable, "somebody-else")
    log = AuditLog(store.database, SecureString(KEY), EVERYTHING)
    log.append([AuditEntry(Action.UNLOCK)])
    assert entries(log)[0].user != "somebody-else"


def test_a_caller_in_another_process_is_named_as_its_access_says(log: AuditLog) -> None:
    web = AuditLog(log._database, log.key, Access("web", frozenset(), pid=4711, user="ana"))
    web.append([AuditEntry(Action.USE)])
    log.append([AuditEntry(Action.USE)])
    own, other = entries(log)
    assert (other.interface, other.pid, other.user) == ("web", 4711, "ana")
    assert (own.interface, own.pid) == ("python", os.getpid())
    assert own.user not in ("ana", "")
    assert log.verify().ok
    log.close()
    with pytest.raises(WipedError):
        web.append([AuditEntry(Action.USE)])


def test_entry_stands_and_falls_with_what_it_records(store: MetadataStore, log: AuditLog) -> None:
    def save(fault: int) -> None:
        with store.transaction():
            saved(store, "a")
            log.append([AuditEntry(Action.SAVE)])
            _ = 1 / fault

    with pytest.raises(ZeroDivisionError):
        save(0)
    assert entries(log) == []
    save(1)
    assert (store.count(), len(entries(log))) == (1, 1)
    assert log.verify().ok


@pytest.mark.parametrize("sql", ["UPDATE audit SET user = 'x'", "DELETE FROM audit"])
def test_table_refuses_changes(store: MetadataStore, log: AuditLog, sql: str) -> None:
    import sqlite3

    log.append([AuditEntry(Action.USE)])
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        store.database.change(sql)


def test_what_cannot_be_recorded_does_not_happen(store: MetadataStore, log: AuditLog) -> None:
    (secret,) = saved(store, "a")
    store.database.change("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END")

    def reveal() -> None:
        with store.transaction():
            store.record_use([secret.id], datetime.now(UTC))
            log.append([AuditEntry.of(Action.REVEAL, secret)])

    with pytest.raises(AuditBrokenError, match="nothing was done"):
        reveal()
    assert store.find("a").use_count == 0


def test_text_that_cannot_be_recorded_is_refused(log: AuditLog) -> None:
    with pytest.raises(AuditBrokenError):
        log.append([AuditEntry(Action.USE, detail="a\ud800")])
    assert entries(log) == []
    log.append([])
    assert log.verify().rows == 0


@pytest.mark.parametrize("text", ["", "a\0b", "naïve 🔑", "'; DROP TABLE audit;--", "x" * 100_000])
def test_every_text_is_recorded_exactly(log: AuditLog, text: str) -> None:
    log.append([AuditEntry(Action.USE, "id", text, detail=text)])
    assert (entries(log)[0].secret_name, entries(log)[0].detail) == (text, text)
    assert log.verify().ok


def test_a_row_costs_three_statements_however_long_the_log_is(store: MetadataStore, log: AuditLog) -> None:
    """40 µs by the clock; by what is asked of SQLite a machine's load does not matter."""
    statements: list[str] = []
    for number in (1, 400):
        log.append([AuditEntry.of(Action.USE, sample())] * number)
        store.database._live().set_trace_callback(statements.append)
        with store.transaction():
            statements.clear()
            log.append([AuditEntry.of(Action.USE, sample())])
            kinds = [each.split()[0] for each in statements]
        store.database._live().set_trace_callback(None)
        # "--" is how SQLite reports a trigger.
        assert [kind for kind in kinds if kind not in ("SAVEPOINT", "RELEASE", "--")] == ["SELECT", "INSERT", "INSERT"]


def write(path: Path, interface: str) -> None:
    with MetadataStore.open(path) as store:
        log = AuditLog(store.database, SecureString(KEY), Access(interface, frozenset()))
        for number in range(60):
            with store.transaction(durable=False):
                log.append([AuditEntry(Action.USE, detail=str(number))] * (1 + number % 3))


def test_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "metadata.db"
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(write, [path] * 4, ["python", "cli", "web", "mcp"]))
    with MetadataStore.open(path) as store:
        log = AuditLog(store.database, SecureString(KEY), EVERYTHING)
        check = log.verify()
        assert (check.ok, check.rows) == (True, 480), check
        details = [record.detail for record in entries(log, None) if record.interface == "mcp"]
        assert len(details) == 120
        assert details == sorted(details, key=lambda detail: -int(detail or 0))
