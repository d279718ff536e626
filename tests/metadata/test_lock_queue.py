"""The queue before the write lock: who is first, whose entry counts, and what is left alone."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.metadata.lock_queue import STALLED, LockQueue, QueueEntry
from tests.metadata.processes import entries_for

if TYPE_CHECKING:
    from pathlib import Path


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "write.lock"


def test_nobody_waits_at_first_and_nobody_after_the_last_has_left(path: Path) -> None:
    queue = LockQueue(path)
    assert queue.first() is None
    with queue.entered() as entry:
        assert queue.first() is not None
        assert entry.may_try()
    assert queue.first() is None
    assert entries_for(path) == []


def test_who_came_first_is_first_until_it_leaves(path: Path) -> None:
    queue = LockQueue(path)
    with queue.entered() as first:
        with queue.entered() as second, queue.entered() as third:
            assert [entry.may_try() for entry in (first, second, third)] == [True, False, False]
        with queue.entered() as fourth:
            assert not fourth.may_try()
    with queue.entered() as fifth:
        assert fifth.may_try()


def test_an_entry_that_nobody_holds_is_removed(path: Path) -> None:
    (path.parent / "write.lock.00000000000000000001.42").touch()
    queue = LockQueue(path)
    with queue.entered() as entry:
        assert entry.may_try()
        assert len(entries_for(path)) == 1
    assert entries_for(path) == []


@pytest.mark.parametrize("name", ["write.lock.bak", "write.lock", "write.lock.1x.2", "metadata.db", "write.lock."])
def test_files_that_are_no_entries_are_left_alone(path: Path, name: str) -> None:
    (path.parent / name).write_text("precious")
    with LockQueue(path).entered() as entry:
        assert entry.may_try()
    assert (path.parent / name).read_text() == "precious"


def test_an_entry_that_cannot_be_opened_keeps_nobody_waiting(path: Path) -> None:
    (path.parent / "write.lock.00000000000000000001.42").mkdir()
    with LockQueue(path).entered() as entry:
        assert entry.may_try()


def test_an_entry_that_somebody_removed_costs_its_owner_nothing_but_its_place(path: Path) -> None:
    queue = LockQueue(path)
    with queue.entered() as entry:
        entries_for(path)[0].unlink()
        assert entry.may_try()
        with queue.entered() as later:
            assert entry.may_try()
            assert later.may_try()


@pytest.mark.skipif(sys.platform == "win32", reason="there every file system that Windows runs on has locks")
def test_where_an_entry_cannot_be_locked_its_owner_waits_without_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (path.parent / "write.lock.00000000000000000001.42").touch()
    monkeypatch.setattr(fcntl, "flock", refuse)
    with LockQueue(path).entered() as entry:
        assert entry.may_try()
        assert len(entries_for(path)) == 1, "one of which nobody can say whether its owner lives is left there"


def test_one_that_lets_its_turn_pass_is_passed_over_after_a_while(path: Path) -> None:
    clock = Clock()
    queue = LockQueue(path, clock)
    with queue.entered(), queue.entered() as second:
        assert not second.may_try()
        clock.now = STALLED - 0.01
        assert not second.may_try()
        clock.now = STALLED
        assert second.may_try()
        assert second.pause() == pytest.approx(0.1)


def pauses(entry: QueueEntry, clock: Clock) -> list[float]:
    found = []
    for moment in (0.0, 0.1, 0.9):
        clock.now = moment
        entry.may_try()
        found.append(entry.pause())
    return found


def test_who_looks_often_at_first_looks_less_often_later_and_the_first_most_often(path: Path) -> None:
    clock = Clock()
    queue = LockQueue(path, clock)
    with queue.entered() as first, queue.entered() as second:
        assert pauses(first, clock) == [0.0001, 0.005, 0.01]
        clock.now = 0.0
        assert pauses(second, clock) == [0.001, 0.005, 0.01]
