"""The agent that asks in a terminal: programs that stand in for pkttyagent; test_real_polkit.py has the genuine one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.access.presence.processes import start_time
from pondpilot_secrets.access.presence.terminal_agent import agent_for_this_process

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="polkit is of Linux and the BSDs")

REGISTERS = "os.close(int(sys.argv[4])); time.sleep(60)"


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Callable[[str], str]]:
    """Makes a program of some Python that writes down what it was called with, and gives the function that finds it."""

    def make(code: str) -> Callable[[str], str]:
        path = tmp_path / "pkttyagent"
        path.write_text(
            f"#!{sys.executable}\nimport os, signal, sys, time\n"
            f"open({str(tmp_path / 'called')!r}, 'w').write(f'{{os.getpid()}} {{sys.argv[1:]}}')\n{code}\n"
        )
        path.chmod(0o700)
        return lambda _: str(path)

    return make


def is_running(folder: Path) -> bool:
    pid = int((folder / "called").read_text().split()[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def open_files() -> int:
    """How many there are, where the system tells."""
    return len(list(Path("/proc/self/fd").iterdir())) if sys.platform == "linux" else 0


def terminal(_: int) -> bool:
    return True


def test_it_runs_for_this_process_and_ends_with_the_block(
    program: Callable[[str], Callable[[str], str]], tmp_path: Path
) -> None:
    with agent_for_this_process(program(REGISTERS), terminal) as ready:
        assert ready
        assert (
            f"'--process', '{os.getpid()},{start_time(os.getpid())}', '--notify-fd'"
            in (tmp_path / "called").read_text()
        )
        assert is_running(tmp_path)
    assert not is_running(tmp_path)


def test_one_that_dies_is_not_ready(program: Callable[[str], Callable[[str], str]]) -> None:
    with agent_for_this_process(program("sys.exit(1)"), terminal) as ready:
        assert not ready


def test_one_that_does_not_end_is_killed(program: Callable[[str], Callable[[str], str]], tmp_path: Path) -> None:
    code = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {REGISTERS}"
    with agent_for_this_process(program(code), terminal) as ready:
        assert ready
    assert not is_running(tmp_path)


def test_without_a_terminal_and_without_the_program_there_is_none(
    program: Callable[[str], Callable[[str], str]], tmp_path: Path
) -> None:
    with agent_for_this_process(program(REGISTERS), lambda _: False) as ready:
        assert not ready
    with agent_for_this_process(lambda _: None, terminal) as ready:
        assert not ready
    assert not (tmp_path / "called").exists()


def test_nothing_is_left_open_where_it_cannot_be_started(tmp_path: Path) -> None:
    before = open_files()
    with pytest.raises(OSError, match="nowhere"), agent_for_this_process(lambda _: str(tmp_path / "nowhere"), terminal):
        pass
    assert open_files() == before
