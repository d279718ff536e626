"""The writer lock, between threads and processes, and after a violent death."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.metadata.write_lock import WriteLock
from tests.metadata.processes import busy_loops, entries_for, holder_of, until, waiter_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither SIGKILL nor SIGSTOP")


class Time:
    """A clock that goes on by sleeping alone, and calls what is due at a moment of it."""

    def __init__(self, at: float = float("inf"), call: Callable[[], object] = lambda: None) -> None:
        self.now = 0.0
        self._at, self._call = at, call

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.now >= self._at:
            self._at = float("inf")
            self._call()


def lock_at(path: Path, time: Time) -> WriteLock:
    return WriteLock(path, clock=time.clock, sleep=time.sleep)


@pytest.fixture
def lock(tmp_path: Path) -> WriteLock:
    return WriteLock(tmp_path / "write.lock")


@pytest.fixture
def holder(lock: WriteLock) -> Iterator[subprocess.Popen[str]]:
    with holder_of(lock.path) as process:
        yield process


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()


def test_other_process_is_kept_out_and_told_by_whom(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    time = Time()
    with pytest.raises(VaultBusyError, match=rf"timed out after 10 s: process {holder.pid} holds the write lock"):
        lock_at(lock.path, time).acquire()
    assert time.now == pytest.approx(10)


def test_a_patience_of_the_callers_own_is_kept(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    time = Time()
    with pytest.raises(VaultBusyError, match=r"timed out after 0\.25 s"), lock_at(lock.path, time).held(0.25):
        pass
    assert time.now == pytest.approx(0.25)


def test_the_holder_is_named_after_one_that_waited_itself(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    time = Time(0.2, lambda: killed(holder))
    with lock_at(lock.path, time), pytest.raises(VaultBusyError, match=f"process {os.getpid()} "):
        WriteLock(lock.path).acquire(0)


@pytest.mark.skipif(sys.platform == "win32", reason="there every file system that Windows runs on has locks")
def test_a_file_system_without_locks_is_named(lock: WriteLock, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(fcntl, "flock", refuse)
    before = open_files()
    with pytest.raises(VaultError, match=r"write\.lock cannot be taken"):
        lock.acquire(0)
    assert open_files() == before


def test_deadline_of_zero_tries_once(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    time = Time()
    with pytest.raises(VaultBusyError, match=f"after 0 s: process {holder.pid} holds"):
        lock_at(lock.path, time).acquire(0)
    assert time.now == 0


def test_killed_holder_gives_it_back_at_once(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    killed(holder)
    with lock.held(0):
        pass


def test_waiter_gets_it_as_soon_as_it_is_free(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    time = Time(5, lambda: killed(holder))
    with lock_at(lock.path, time):
        assert time.now < 5.1


def open_files() -> int:
    """How many there are, where the system tells."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def test_one_that_gave_up_waiting_does_not_take_it_later(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    open_before, threads = open_files(), threading.active_count()
    for _ in range(3):
        with pytest.raises(VaultBusyError):
            lock_at(lock.path, Time()).acquire()
    assert (open_files(), threading.active_count()) == (open_before, threads)
    assert entries_for(lock.path) == []
    killed(holder)
    with WriteLock(lock.path).held(0):
        pass


def test_an_interrupted_waiter_leaves_the_queue(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lock_at(lock.path, Time(0.1, interrupt)).acquire()
    assert entries_for(lock.path) == []


@pytest.mark.parametrize("loops", [0, 2])
def test_writers_that_never_rest_take_turns(lock: WriteLock, loops: int) -> None:
    """Six of them: when the first has had all of its turns, no other is far behind, however busy the machine is."""
    turns, behind, pause = [0] * 6, list[int](), threading.Event()

    def work(number: int) -> None:
        own = WriteLock(lock.path, deadline=60)  # as another process has it
        while turns[number] < 60:
            with own:
                pause.wait(0.002)
                turns[number] += 1
                if turns[number] == 60:
                    behind.append(min(turns))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    with busy_loops(loops):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert behind[0] >= 30, behind


@needs_signals
def test_writers_get_it_in_the_order_in_which_they_came(lock: WriteLock) -> None:
    with lock, waiter_for(lock.path) as first, waiter_for(lock.path) as second:
        lock.release()
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        time = Time()
        with pytest.raises(VaultBusyError, match=f"process {first.pid}"):
            lock_at(lock.path, time).acquire(0.5)
        killed(first)
        assert second.stdout is not None
        assert second.stdout.readline() == "held\n"
        killed(second)
        lock.acquire()


@needs_signals
def test_a_waiter_that_is_killed_keeps_nobody_waiting(lock: WriteLock) -> None:
    with lock, waiter_for(lock.path) as first, waiter_for(lock.path) as second:
        killed(first)
        assert len(entries_for(lock.path)) >= 1
        lock.release()
        assert second.stdout is not None
        assert second.stdout.readline() == "held\n"
        assert entries_for(lock.path) == []
        killed(second)
        lock.acquire()


@needs_signals
def test_a_waiter_that_is_suspended_does_not_keep_the_others_for_ever(lock: WriteLock) -> None:
    with lock, waiter_for(lock.path) as first:
        first.send_signal(signal.SIGSTOP)
        lock.release()
        time = Time()
        with lock_at(lock.path, time):
            assert 0.9 < time.now < 2
        first.send_signal(signal.SIGCONT)
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        killed(first)
        lock.acquire()


def test_one_thread_may_take_it_again(lock: WriteLock) -> None:
    with lock, lock.held(0), lock:
        pass
    with WriteLock(lock.path).held(0):
        pass


def test_it_is_held_until_the_outermost_block_ends(lock: WriteLock) -> None:
    other = WriteLock(lock.path)
    with lock:
        with lock:
            pass
        with pytest.raises(VaultBusyError):
            other.acquire(0)
    with other.held(0):
        pass


def test_threads_take_turns(lock: WriteLock) -> None:
    inside, most, total = 0, 0, 0

    def work() -> None:
        nonlocal inside, most, total
        for _ in range(50):
            with lock:
                inside += 1
                most = max(most, inside)
                total += 1
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, total) == (1, 200)


def in_another_thread(call: Callable[[], object]) -> Exception | None:
    caught: list[Exception | None] = []

    def work() -> None:
        try:
            call()
        except (VaultBusyError, RuntimeError) as error:
            caught.append(error)
        else:
            caught.append(None)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return caught[0]


def test_other_thread_of_this_program_is_named_as_such(lock: WriteLock) -> None:
    with lock:
        error = in_another_thread(lambda: lock.acquire(0.01))
    assert isinstance(error, VaultBusyError)
    assert f"process {os.getpid()} (this program) holds" in error.message


def test_only_the_thread_that_took_it_gives_it_back(lock: WriteLock) -> None:
    with lock:
        assert isinstance(in_another_thread(lock.release), RuntimeError)
        with pytest.raises(VaultBusyError):
            WriteLock(lock.path).acquire(0)
    with pytest.raises(RuntimeError):
        lock.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_does_not_take_its_parents_lock_for_its_own(lock: WriteLock) -> None:
    script = """
import os, sys
from pathlib import Path
from pondpilot_secrets.errors import VaultBusyError
from pondpilot_secrets.metadata.write_lock import WriteLock
lock = WriteLock(Path(sys.argv[1]))
with lock:
    child = os.fork()
    if child == 0:
        try:
            lock.acquire(0)
        except VaultBusyError:
            os._exit(7)
        os._exit(1)
    _, status = os.waitpid(child, 0)
with WriteLock(lock.path).held(0):
    print(os.waitstatus_to_exitcode(status))
"""
    done = subprocess.run([sys.executable, "-c", script, str(lock.path)], capture_output=True, text=True, check=True)
    assert done.stdout == "7\n"


def test_error_in_the_block_gives_it_back(lock: WriteLock) -> None:
    with pytest.raises(ZeroDivisionError), lock:
        _ = 1 / 0
    with WriteLock(lock.path).held(0):
        pass


def test_deleted_lock_file_lets_nobody_slip_in_beside(lock: WriteLock) -> None:
    with lock:
        pass
    lock.path.unlink()
    with lock:
        with pytest.raises(VaultBusyError):
            WriteLock(lock.path).acquire(0)
        assert lock.path.exists()


def test_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="nowhere"):
        WriteLock(tmp_path / "nowhere" / "write.lock").acquire()


def test_a_waiter_without_an_entry_gets_it_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 240)  # a file may have this name, and none with a moment and a number behind it
    with holder_of(path) as holder, lock_at(path, Time(0.2, lambda: killed(holder))):
        assert entries_for(path) == []
    until(lambda: holder.poll() is not None)
