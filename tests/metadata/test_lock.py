"""The writer lock, between threads and processes, and after a violent death."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.errors import VaultBusyError, VaultError
from pondpilot_secrets.metadata import file_lock
from pondpilot_secrets.metadata.write_lock import WriteLock

if TYPE_CHECKING:
    from collections.abc import Iterator

HOLDER = """
import sys, time
from pathlib import Path
from pondpilot_secrets.metadata.write_lock import WriteLock
with WriteLock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def lock(tmp_path: Path) -> WriteLock:
    return WriteLock(tmp_path / "write.lock")


@pytest.fixture
def holder(lock: WriteLock) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(lock.path)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_other_process_is_kept_out_and_told_by_whom(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    start = time.monotonic()
    with pytest.raises(VaultBusyError, match=f"process {holder.pid}"), lock.held(0.2):
        pass
    assert 0.2 <= time.monotonic() - start < 2


def test_the_holder_is_named_after_one_that_waited_itself(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    threading.Timer(0.2, holder.kill).start()
    with lock, pytest.raises(VaultBusyError, match=f"process {os.getpid()} "):
        WriteLock(lock.path).acquire(0)


def test_a_file_system_without_locks_is_named(lock: WriteLock, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(descriptor: int) -> bool:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(file_lock, "try_lock", refuse)
    before = open_files()
    with pytest.raises(VaultError, match=r"write\.lock cannot be taken"):
        lock.acquire(0)
    assert open_files() == before


def test_deadline_of_zero_tries_once(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    start = time.monotonic()
    with pytest.raises(VaultBusyError, match="just now"):
        lock.acquire(0)
    assert time.monotonic() - start < 0.2


def test_killed_holder_gives_it_back_at_once(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    with lock.held(1):
        pass


def test_waiter_gets_it_as_soon_as_it_is_free(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    threading.Timer(0.2, holder.kill).start()
    start = time.monotonic()
    with lock:
        assert time.monotonic() - start < 5


def open_files() -> int:
    """How many there are, where the system tells."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def test_one_that_gave_up_waiting_does_not_take_it_later(lock: WriteLock, holder: subprocess.Popen[str]) -> None:
    open_before = open_files()
    for _ in range(3):
        with pytest.raises(VaultBusyError):
            lock.acquire(0.05)
    holder.kill()
    holder.wait()
    for thread in [thread for thread in threading.enumerate() if thread.name == "write-lock"]:
        thread.join(5)
    with WriteLock(lock.path).held(0):
        pass
    assert open_files() <= open_before


def test_writers_that_never_rest_take_turns(lock: WriteLock) -> None:
    def work(waits: list[float]) -> None:
        own = WriteLock(lock.path)  # as another process has it
        while time.monotonic() < end:
            started = time.monotonic()
            with own:
                waits.append(time.monotonic() - started)
                time.sleep(0.005)

    end, waits = time.monotonic() + 1.5, [list[float]() for _ in range(6)]
    threads = [threading.Thread(target=work, args=(mine,)) for mine in waits]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = [len(mine) for mine in waits]
    assert min(turns) > max(turns) / 10, turns
    assert max(max(mine) for mine in waits) < 1.4, "somebody waited nearly all of the time"


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


def test_other_thread_of_this_program_is_named_as_such(lock: WriteLock) -> None:
    caught: list[BaseException] = []

    def work() -> None:
        try:
            lock.acquire(0.05)
        except VaultBusyError as error:
            caught.append(error)

    with lock:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert "another thread" in str(caught[0])


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
