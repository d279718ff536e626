"""Threads, processes and people at once: nobody waits for ever, and nothing is held while a person is asked."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.access.audit import Action, AuditEntry
from pondpilot_secrets.commands.query import QueryRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.metadata.write_lock import WriteLock
from pondpilot_secrets.secure import SecureString
from pondpilot_secrets.vault.unit_of_work import UnitOfWork, Work
from tests.vault.parts import parts
from tests.vault.stores import open_vault, unlimited

VALUES = {"key_id": "K", "secret": "the-value"}
PATIENCE = 20


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "vault"
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        vault.save_secret("s3", "lake", VALUES)
    return home


def run_all(*works) -> list[BaseException]:
    """Run each in a thread of its own, and give what they raised; fails when one does not end."""
    errors: list[BaseException] = []

    def run(work) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    end = time.monotonic() + PATIENCE
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    return errors


@pytest.mark.parametrize("attempt", range(3))
def test_a_reader_and_a_writer_that_open_the_vault_together_both_end(home: Path, attempt: int) -> None:
    asked = threading.Event()

    def passphrase(_new: bool) -> SecureString:
        asked.set()
        time.sleep(0.2)
        return SecureString("horse")

    with SecretsManager.open(home, "file", passphrase=passphrase) as vault:

        def edit() -> None:
            asked.wait(PATIENCE)
            vault.update_secret("lake", tags=[f"tag{attempt}"])

        assert run_all(lambda: vault.get_secret("lake").close(), edit) == []
        assert vault.find_secret("lake").tags == (f"tag{attempt}",)


def test_locking_beside_readers_and_writers_stops_nobody(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        unlimited(vault)
        end = time.monotonic() + 2

        def read() -> None:
            while time.monotonic() < end:
                vault.get_secret("lake").close()

        def edit() -> None:
            while time.monotonic() < end:
                vault.update_secret("lake", tags=["busy"])

        def lock() -> None:
            while time.monotonic() < end:
                vault.lock()
                time.sleep(0.05)

        errors = run_all(read, read, edit, lock)
        assert [error for error in errors if isinstance(error, (AttributeError, TypeError))] == []
        vault.get_secret("lake").close()


@pytest.mark.parametrize("what", ["tags", "fields"])
def test_nobody_waits_while_a_person_is_asked_for_the_passphrase(home: Path, what: str) -> None:
    changes = {"tags": ["new"]} if what == "tags" else {"fields": {"secret": "new"}}
    took = []

    def passphrase(_new: bool) -> SecureString:
        began = time.monotonic()
        with SecretsManager.open(home, "file", passphrase="horse") as other:
            other.get_secret("lake").close()
            other.save_secret("s3", "another", VALUES)
        took.append(time.monotonic() - began)
        return SecureString("horse")

    with SecretsManager.open(home, "file", passphrase=passphrase) as vault:
        vault.update_secret("lake", **changes)
    assert took[0] < 3


def test_a_query_that_ends_leaves_the_secrets_of_another_on_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "shared.duckdb"
    duckdb.connect(str(file)).close()
    with open_vault(tmp_path / "queries", "file") as vault:
        vault.save_secret("http", "api", {"token": "t"}, scope="https://api.example.com/")
        vault.save_secret("s3", "lake", VALUES)
    variables = {"home": tmp_path / "queries", "key_file": tmp_path / "queries.key"}
    with Session(**variables) as first, Session(**variables) as second:
        names = "SELECT name FROM duckdb_secrets() WHERE type IN ('http', 's3') AND name NOT LIKE '\\_%' ESCAPE '\\'"
        slow = dispatch(first, "query", QueryRequest(f"{names}; {names}", ("api",), str(file)))
        assert next(slow).rows == (("api",),)
        done = dispatch(second, "query", QueryRequest(f"{names} ORDER BY name", ("lake", "api"), str(file)))
        assert [batch.rows for batch in done] == [(("api",), ("lake",))]
        assert [batch.rows for batch in slow] == [(("api",),)]


CHANGES: dict[str, Callable[[SecretsManager], object]] = {
    "limits": lambda vault: vault.change_limits({"reveal_each": "100/minute"}),
    "presence": lambda vault: vault.change_presence(grace=60),
}
ROUNDS = 20
"""In `tests/integration/test_two_threads.py` there are 200."""
LONGEST_WAIT = 1.0
"""Seconds. Two threads that took the write lock, the store and the log in two orders waited ten for each other."""


@pytest.mark.parametrize("store", ["file", "memory"])
def test_a_first_save_beside_a_change_of_settings_waits_for_nobody(tmp_path: Path, store: str) -> None:
    waits: list[float] = []
    for number in range(ROUNDS):
        home = tmp_path / str(number)
        change = CHANGES[("limits", "presence")[number % 2]]
        with open_vault(home, store) as vault:
            begin = threading.Barrier(2)

            def run(work: Callable[[SecretsManager], object], vault=vault, begin=begin) -> None:
                begin.wait(PATIENCE)
                began = time.monotonic()
                work(vault)
                waits.append(time.monotonic() - began)

            assert (
                run_all(partial(run, lambda vault: vault.save_secret("s3", "lake", VALUES)), partial(run, change)) == []
            )
    assert len(waits) == 2 * ROUNDS
    assert max(waits) < LONGEST_WAIT


def test_nobody_waits_while_a_person_chooses_the_passphrase_of_a_new_vault(tmp_path: Path) -> None:
    home, key = tmp_path / "new", tmp_path / "key"
    took = []

    def passphrase(new: bool) -> SecureString:
        assert new
        began = time.monotonic()
        with SecretsManager.open(home, "file", key_file=key) as other:  # makes the vault meanwhile
            other.save_secret("s3", "lake", VALUES)
        took.append(time.monotonic() - began)
        return SecureString("horse")

    with SecretsManager.open(home, "file", passphrase=passphrase) as vault:
        vault.save_secret("s3", "another", VALUES)
        assert [row.name for row in vault.list_secrets()] == ["another", "lake"]
        assert vault.key_slots().opens_with == ("file",)
    assert took[0] < 3


def test_the_store_and_the_log_are_opened_before_the_lock_is_taken(home: Path) -> None:
    held: list[bool] = []

    def passphrase(_new: bool) -> SecureString:
        lock = WriteLock(home / "write.lock")
        with lock.held(deadline=0):  # raises where somebody has it
            held.append(True)
        return SecureString("horse")

    with SecretsManager.open(home, "file", passphrase=passphrase) as vault:
        vault.delete_secret("lake")
    assert held == [True]


def test_a_writer_that_waits_in_vain_says_who_has_the_lock(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault, WriteLock(home / "write.lock"):
        unit = UnitOfWork(
            WriteLock(home / "write.lock", deadline=0.05),
            parts(vault).metadata,
            parts(vault).state,
            parts(vault).store,
            parts(vault).shared.items,
            parts(vault).use_cases.trail,
        )
        with pytest.raises(VaultBusyError, match=str(os.getpid())), unit.begin():
            raise AssertionError("the lock was given to two")


def test_a_store_that_another_process_moved_is_noticed_before_anything_is_written(tmp_path: Path) -> None:
    home = tmp_path / "moved"
    SecretsManager.open(home, "memory").init_vault()
    with SecretsManager.open(home, key_file=tmp_path / "key") as vault:
        vault.save_secret("s3", "lake", VALUES)
        with SecretsManager.open(home, key_file=tmp_path / "key") as other:
            other.move_store("file")
        with pytest.raises(VaultError, match="moved to the file store"):
            vault.save_secret("s3", "another", VALUES)
        vault.lock()
        vault.save_secret("s3", "another", VALUES)


class Step:
    """A recovery step that a test watches."""

    def __init__(self, pending: bool = True) -> None:
        self.pending = pending
        self.runs = 0

    def is_pending(self) -> bool:
        return self.pending

    def run(self, work: Work) -> None:
        assert isinstance(work, Work)
        self.runs += 1


def unit_with(vault: SecretsManager, *steps: Step) -> UnitOfWork:
    opened = parts(vault)
    trail = opened.use_cases.trail
    return UnitOfWork(opened.lock, opened.metadata, opened.state, opened.store, opened.shared.items, trail, steps)


def test_recovery_steps_run_in_their_order_at_each_begin_and_at_the_first_opening(home: Path) -> None:
    first, second = Step(), Step()
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        unit = unit_with(vault, first, second)
        unit.open()
        unit.open()
        assert (first.runs, second.runs) == (1, 1)
        with unit.begin():
            assert (first.runs, second.runs) == (2, 2)


def test_opening_leaves_recovery_to_a_writer_that_is_there(home: Path) -> None:
    step = Step()
    with SecretsManager.open(home, "file", passphrase="horse") as vault, WriteLock(home / "write.lock"):
        unit_with(vault, step).open()
        assert step.runs == 0
        assert parts(vault).store.is_open


def test_nothing_is_opened_unattended_where_nothing_is_left_or_somebody_must_be_asked(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:  # no key that is remembered
        for pending in (True, False):
            unit_with(vault, Step(pending)).open_unattended()
        assert not parts(vault).store.is_open


def test_what_is_done_and_its_record_are_kept_or_lost_as_one(home: Path) -> None:
    with SecretsManager.open(home, "file", passphrase="horse") as vault:
        before = len(vault.audit_records(limit=None))

        def fail_at_the_end() -> None:
            with parts(vault).use_cases.unit().begin() as work, work.audited() as log:
                work.state.set_limits({"reveal_each": "1/60"})
                log.append([AuditEntry(Action.SETTING)])
                raise KeyError("x")

        with pytest.raises(KeyError):
            fail_at_the_end()
        assert vault.limits().reveal_each.amount == 60
        assert len(vault.audit_records(limit=None)) == before
