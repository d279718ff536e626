"""`pond exec`: variables for one child, whose end is pond's own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond

pytestmark = pytest.mark.slow  # each command is a process of its own

PRINT = "import os, sys; print(os.environ.get(sys.argv[1], 'nothing'))"


def test_the_child_has_the_variables_and_nobody_else(warehouse: Pond) -> None:
    out = warehouse.ok("exec", "warehouse", "--", sys.executable, "-c", PRINT, "PGPASSWORD").out
    assert out == "pass marker-word\n"
    assert "PGPASSWORD" not in os.environ


def test_words_after_the_border_are_the_childs_own(warehouse: Pond) -> None:
    show = "import sys; print(sys.argv[1:])"
    out = warehouse.ok("exec", "warehouse", "--", sys.executable, "-c", show, "--json", "--", "-h").out
    assert out == "['--json', '--', '-h']\n"


def test_the_exit_status_and_a_signal_are_passed_through(warehouse: Pond) -> None:
    assert warehouse("exec", "warehouse", "--", "sh", "-c", "exit 42").status == 42
    child = subprocess.Popen(
        [PROGRAM, "exec", "warehouse", "--", "sh", "-c", "echo ready; exec sleep 60"],
        stdout=subprocess.PIPE,
        env=warehouse.environment(),
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGTERM)
    assert child.wait(30) == -signal.SIGTERM
    child.stdout.close()


def test_a_program_that_is_not_there_is_127_and_one_that_cannot_run_is_126(warehouse: Pond, tmp_path) -> None:
    missing = warehouse("exec", "warehouse", "--", "no-such-program-anywhere")
    assert missing.status == 127
    assert "no-such-program-anywhere" in missing.err
    plain = tmp_path / "plain"
    plain.write_text("not a program")
    assert warehouse("exec", "warehouse", "--", str(plain)).status == 126


def test_no_command_is_a_usage_error(warehouse: Pond) -> None:
    ended = warehouse("exec", "warehouse")
    assert ended.status == 2
    assert "after `--`" in ended.err


def test_two_secrets_that_differ_about_a_variable_are_refused(warehouse: Pond) -> None:
    warehouse.ok("add", "postgres", "other", "host=elsewhere", "password=@-", stdin="another marker")
    ended = warehouse("exec", "warehouse", "other", "--", "true")
    assert ended.status == 31
    assert "PG" in ended.err
    assert "marker" not in ended.err
    assert "elsewhere" not in ended.err


def test_a_value_of_any_bytes_arrives(pond: Pond) -> None:
    value = "qu'o\"te\\ $HOME\nline😀"
    pond.ok("add", "huggingface", "hub", "token=@-", stdin="hf_x")
    pond.ok("add", "mysql", "m", "password=@-", stdin=value)
    code = "import os, sys; sys.stdout.buffer.write(os.environb[b'MYSQL_PWD'])"
    assert pond.ok("exec", "m", "hub", "--", sys.executable, "-c", code).out == value


def test_a_program_that_is_not_there_is_reported_as_json_too(warehouse: Pond) -> None:
    ended = warehouse("exec", "--json", "warehouse", "--", "/nonsense/program")
    assert ended.status == 127
    assert "no program" in ended.error()["message"]
