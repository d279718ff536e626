"""Connections after a fork: the child opens its own, the parent keeps its own, and neither loses what it wrote."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.errors import VaultError
from pondpilot_secrets.secure.fork_safety import ForkSafe, close_inherited

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Python 3.12 warns of a fork while threads run
]


class Notes(ForkSafe):
    """Words in a table, as the two users of `ForkSafe` keep theirs."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, _connect(path))

    def add(self, word: str) -> None:
        with self._lock:
            self._live().execute("INSERT INTO notes VALUES (?)", [word])

    def words(self) -> set[str]:
        with self._lock:
            return {word for (word,) in self._live().execute("SELECT word FROM notes")}

    def close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _live(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = _connect(self.path)
        return self._connection


def _connect(path: Path) -> sqlite3.Connection:
    close_inherited(path)
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS notes (word)")
    return connection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "notes.db"


@pytest.fixture
def notes(path: Path) -> Iterator[Notes]:
    notes = Notes(path)
    yield notes
    notes.close()


class Child:
    """A forked child that does one step, waits to be told, and does another; `ended` says whether both succeeded."""

    def __init__(self, first: Callable[[], object], then: Callable[[], object] = lambda: None) -> None:
        done, self._told = os.pipe(), os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            os.close(self._told[1])  # or a parent that fails would leave it waiting
            try:
                first()
                os.write(done[1], b".")
                os.read(self._told[0], 1)
                then()
                status = 0
            finally:
                os._exit(status)
        os.close(done[1])
        os.read(done[0], 1)
        os.close(done[0])

    def ended(self) -> bool:
        os.write(self._told[1], b".")
        for end in self._told:
            os.close(end)
        return os.waitpid(self._pid, 0)[1] == 0


def test_a_child_writes_on_while_its_parent_closes(notes: Notes, path: Path) -> None:
    notes.add("of the parent")
    child = Child(lambda: notes.add("first"), lambda: notes.add("second"))
    notes.close()
    assert path.with_name("notes.db-wal").exists()  # the child's locks are real: its parent was not the last
    assert child.ended()
    with contextlib.closing(Notes(path)) as again:
        assert again.words() == {"of the parent", "first", "second"}


def test_a_parent_writes_on_while_its_child_closes(notes: Notes, path: Path) -> None:
    def use_and_close() -> None:
        notes.add("of the child")
        notes.close()

    child = Child(use_and_close)
    notes.add("of the parent")
    with contextlib.closing(Notes(path)) as third:  # comes and goes as another process would
        third.add("of a third")
    assert child.ended()
    assert notes.words() == {"of the child", "of the parent", "of a third"}


def test_what_the_child_does_not_use_is_closed_there_as_well(notes: Notes, path: Path) -> None:
    idle = Notes(path)
    child = Child(lambda: notes.add("first"), lambda: notes.add("second"))
    idle.close()
    notes.close()
    assert path.with_name("notes.db-wal").exists()
    assert child.ended()
    with contextlib.closing(Notes(path)) as again:
        assert again.words() == {"first", "second"}


def test_a_grandchild_has_a_connection_of_its_own_too(notes: Notes) -> None:
    def fork_again() -> None:
        notes.add("of the child")
        assert Child(lambda: notes.add("of the grandchild")).ended()
        notes.add("of the child again")

    assert Child(fork_again).ended()
    assert notes.words() == {"of the child", "of the grandchild", "of the child again"}


def test_threads_of_a_child_agree_about_the_connection(notes: Notes) -> None:
    def add_at_once() -> None:
        threads = [threading.Thread(target=notes.add, args=(f"word {number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(notes.words()) == 8

    assert Child(add_at_once).ended()
    assert len(notes.words()) == 8


def refused(use: Callable[[], object]) -> None:
    with pytest.raises(VaultError, match="forked while another thread was using"):
        use()


def test_a_fork_beside_a_thread_at_work_is_refused_in_the_child_and_harmless_in_the_parent(
    notes: Notes, path: Path
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with notes._lock:
            notes._live().execute("BEGIN IMMEDIATE")
            notes.add("of the thread")
            inside.set()
            go_on.wait()
            notes._live().execute("COMMIT")

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()

    def use() -> None:
        refused(notes.words)
        refused(lambda: Notes(path))  # SQLite knows the file by the parent's connection still
        notes.close()  # which does not fail

    child = Child(use)
    go_on.set()
    thread.join()
    assert child.ended()
    assert notes.words() == {"of the thread"}


def test_a_fork_within_a_transaction_leaves_it_to_the_parent(notes: Notes) -> None:
    with notes._lock:
        notes._live().execute("BEGIN IMMEDIATE")
        notes.add("inside")
        child = Child(lambda: refused(notes.words))
        notes._live().execute("COMMIT")
    assert child.ended()
    assert notes.words() == {"inside"}


def test_nothing_is_installed_in_the_host(notes: Notes) -> None:
    """A fork alone, of a program that does not use us in the child, runs none of our code."""
    connection = notes._connection
    assert Child(lambda: None).ended()
    assert notes._connection is connection
