"""A change to the file that was made without the key is found, row by row."""

from __future__ import annotations

import random
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.access.audit import Action, AuditEntry, AuditLog
from pondpilot_secrets.access.audit.records import Anchor
from pondpilot_secrets.access.audit.verify import verify
from pondpilot_secrets.access.grants import EVERYTHING
from pondpilot_secrets.errors import AuditBrokenError
from pondpilot_secrets.secure import SecureString
from tests.access.conftest import KEY, entries
from tests.metadata.samples import sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.metadata.store import MetadataStore

ROWS = 60


@pytest.fixture
def attacker(store: MetadataStore, log: AuditLog) -> Iterator[sqlite3.Connection]:
    """Another program, which can write to the file and has dropped the triggers."""
    for number in range(ROWS):
        log.append([AuditEntry.of(Action.USE, sample(f"s{number}"), detail=f"d{number}")])
    connection = sqlite3.connect(store.database.path, isolation_level=None)
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    connection.close()


def first_bad(log: AuditLog) -> int | None:
    check = log.verify()
    assert not check.ok
    assert check.reason
    return check.first_bad_seq


def test_untouched_log_is_sound(log: AuditLog, attacker: sqlite3.Connection) -> None:
    check = log.verify()
    assert (check.ok, check.rows, check.first_bad_seq, check.reason) == (True, ROWS, None, None)


CHANGES: dict[str, Any] = {
    "at": 5, "interface": "mcp", "pid": 1, "user": "eve", "action": "show", "secret_id": None, "secret_name": "other",
    "outcome": "failed", "code": 1, "detail": None, "mac": bytes(32), "seq": 1000,
}  # fmt: skip


@pytest.mark.parametrize("column", CHANGES)
def test_change_of_any_column_is_found(log: AuditLog, attacker: sqlite3.Connection, column: str) -> None:
    attacker.execute(f"UPDATE audit SET {column} = ? WHERE seq = 30", (CHANGES[column],))
    assert first_bad(log) == 30


@pytest.mark.parametrize("value", [1.5, b"bytes", "text", 2**62])
def test_value_of_another_kind_is_found(log: AuditLog, attacker: sqlite3.Connection, value: object) -> None:
    attacker.execute("UPDATE audit SET code = ? WHERE seq = 1", (value,))
    assert first_bad(log) == 1


@pytest.mark.parametrize("seq", [1, 2, 30, ROWS - 1, ROWS])
def test_deletion_is_found(log: AuditLog, attacker: sqlite3.Connection, seq: int) -> None:
    attacker.execute("DELETE FROM audit WHERE seq = ?", (seq,))
    assert first_bad(log) == seq


def test_deletion_with_the_numbers_closed_up_is_found(log: AuditLog, attacker: sqlite3.Connection) -> None:
    attacker.execute("DELETE FROM audit WHERE seq = 30")
    for seq in range(31, ROWS + 1):
        attacker.execute("UPDATE audit SET seq = seq - 1 WHERE seq = ?", (seq,))
    assert first_bad(log) == 30


def test_exchange_of_two_rows_is_found(log: AuditLog, attacker: sqlite3.Connection) -> None:
    chance = random.Random(3)
    for _ in range(20):
        one, other = sorted(chance.sample(range(1, ROWS + 1), 2))
        for start, end in ((one, 9999), (other, one), (9999, other)):
            attacker.execute("UPDATE audit SET seq = ? WHERE seq = ?", (end, start))
        assert first_bad(log) == one
        for start, end in ((one, 9999), (other, one), (9999, other)):
            attacker.execute("UPDATE audit SET seq = ? WHERE seq = ?", (end, start))
    assert log.verify().ok


def test_insertion_is_found(log: AuditLog, attacker: sqlite3.Connection) -> None:
    columns = "at, interface, pid, user, action, secret_id, secret_name, outcome, code, detail, mac"
    attacker.execute(f"INSERT INTO audit (seq, {columns}) SELECT {ROWS + 1}, {columns} FROM audit WHERE seq = 5")
    assert first_bad(log) == ROWS + 1
    attacker.execute("DELETE FROM audit WHERE seq > ?", (ROWS,))
    attacker.execute("UPDATE audit SET seq = -seq WHERE seq > 30")
    attacker.execute("UPDATE audit SET seq = 1 - seq WHERE seq < 0")
    attacker.execute(f"INSERT INTO audit (seq, {columns}) SELECT 31, {columns} FROM audit WHERE seq = 30")
    assert first_bad(log) == 31


@pytest.mark.parametrize("left", [0, 1, ROWS - 1])
def test_cut_tail_is_found_now_and_after_the_log_went_on(
    log: AuditLog, attacker: sqlite3.Connection, left: int
) -> None:
    attacker.execute("DELETE FROM audit WHERE seq > ?", (left,))
    assert first_bad(log) == left + 1
    log.append([AuditEntry(Action.USE)])
    assert first_bad(log) == left + 1


def test_cut_tail_with_a_forged_anchor_is_found(log: AuditLog, attacker: sqlite3.Connection) -> None:
    attacker.execute("DELETE FROM audit WHERE seq > 10")
    attacker.execute("UPDATE audit_anchor SET last_seq = 10, last_mac = (SELECT mac FROM audit WHERE seq = 10)")
    check = log.verify()
    assert (check.ok, check.reason) == (False, "the anchor was not written with this key")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit_anchor",
        "UPDATE audit_anchor SET mac = x'00'",
        "UPDATE audit_anchor SET first_seq = 2",
        "UPDATE audit_anchor SET last_seq = 'x'",
        "UPDATE audit_anchor SET mac = 5",
        "UPDATE audit_anchor SET last_mac = 5",
    ],
)
def test_broken_anchor_is_found_and_stops_all_that_must_be_recorded(
    log: AuditLog, attacker: sqlite3.Connection, sql: str
) -> None:
    attacker.execute(sql)
    assert not log.verify().ok
    with pytest.raises(AuditBrokenError, match="the anchor of the audit log"):
        log.append([AuditEntry(Action.REVEAL)])
    log.restart("checked by hand")
    log.append([AuditEntry(Action.REVEAL)])
    check = log.verify()
    assert (check.ok, check.rows, check.earlier_rows) == (True, 2, ROWS)
    assert [record.action for record in entries(log, 2)] == ["reveal", "restart"]


def test_log_of_another_key_is_not_believed(store: MetadataStore, log: AuditLog, attacker: sqlite3.Connection) -> None:
    other = AuditLog(store.database, SecureString(bytes(32)), EVERYTHING)
    assert not other.verify().ok
    with pytest.raises(AuditBrokenError):
        other.append([AuditEntry(Action.USE)])


def test_log_put_back_to_an_older_copy_is_found_by_an_anchor_kept_elsewhere(
    log: AuditLog, attacker: sqlite3.Connection
) -> None:
    old = attacker.execute("SELECT * FROM audit_anchor").fetchone()
    log.append([AuditEntry(Action.REVEAL)] * 3)
    kept = log.anchor()
    assert kept is not None
    assert log.verify(kept).ok
    attacker.execute("DELETE FROM audit WHERE seq > ?", (ROWS,))
    attacker.execute("REPLACE INTO audit_anchor VALUES (?, ?, ?, ?, ?)", old)
    assert log.verify().ok
    assert log.verify(kept).first_bad_seq == ROWS + 1
    log.append([AuditEntry(Action.USE)] * 5)
    assert log.verify().ok
    assert log.verify(kept).first_bad_seq == ROWS + 3


def test_emptied_log_is_found_by_an_anchor_kept_elsewhere(log: AuditLog, attacker: sqlite3.Connection) -> None:
    kept = log.anchor()
    attacker.execute("DELETE FROM audit")
    attacker.execute("DELETE FROM audit_anchor")
    assert log.verify().ok
    assert not log.verify(kept).ok
    assert not log.verify(Anchor(1, bytes(32))).ok


def test_a_check_needs_the_key_and_the_file_alone(
    store: MetadataStore, log: AuditLog, attacker: sqlite3.Connection
) -> None:
    assert verify(store.database, KEY) == log.verify()
    assert verify(store.database, memoryview(KEY)).ok
    assert verify(store.database, bytes(32)).reason == "the anchor was not written with this key"


def test_new_log_is_sound_and_has_no_anchor(log: AuditLog) -> None:
    assert log.verify().ok
    assert log.anchor() is None
