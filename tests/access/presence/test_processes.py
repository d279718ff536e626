from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pondpilot_secrets.access.presence.processes import parse_start_time, start_time

FIELDS = b"S 1 2 2 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 11 12"


@pytest.mark.parametrize("name", [b"python", b"a) S 1 (b", b"x y z", b"new\nline", b")", b""])
def test_the_start_is_found_behind_any_name_of_a_program(name: bytes) -> None:
    assert parse_start_time(b"42 (" + name + b") " + FIELDS) == 987654


@pytest.mark.parametrize("stat", [b"", b"42 python S", b"42 (python) S 1 2", b"42 (x) " + b"no " * 30])
def test_anything_else_is_refused(stat: bytes) -> None:
    with pytest.raises((ValueError, IndexError)):
        parse_start_time(stat)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_later_process_began_later() -> None:
    with subprocess.Popen(["sleep", "5"]) as child:
        assert 0 < start_time(os.getpid()) < start_time(child.pid)
        child.terminate()


def test_a_process_that_is_not_there_has_no_start() -> None:
    assert start_time(2**31 - 1) == 0
