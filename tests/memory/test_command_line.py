"""The commands that see a value, stopped at their end: nothing of it is left in their memory."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond
from tests.memory.scan import Copy, scan
from tests.memory.shapes import MARKER
from tests.memory.watched import Watch

VALUES = {"ascii": MARKER, "wide": f"Š中😀-{MARKER}", "long": MARKER + "x" * 3_500}


@pytest.fixture
def watch(pond: Pond) -> Iterator[Watch]:
    """Stops every command of `pond` at its end."""
    with Watch() as watch:
        yield watch


def at_the_end(pond: Pond, watch: Watch, *words: str, stdin: bytes = b"", **variables: str) -> tuple[bytes, list[Copy]]:
    """Run a command; give what it printed and the copies of the marker in its memory when its work was done."""
    environment = {**pond.environment(), **watch.environment_at_exit, **variables}
    with subprocess.Popen(
        [PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
    ) as process:
        assert process.stdin is not None
        process.stdin.write(stdin)
        process.stdin.close()
        printed: list[bytes] = []
        assert process.stdout is not None
        reader = threading.Thread(target=lambda: printed.append(process.stdout.read()))
        reader.start()
        with watch.at("end") as pid:
            found = [copy for copy in scan(pid, MARKER) if not copy.spilled]
        reader.join()
    assert process.returncode == 0
    return printed[0], found


@pytest.mark.parametrize("value", VALUES)
def test_a_revealed_value_is_printed_and_gone(pond: Pond, watch: Watch, value: str) -> None:
    pond.ok("add", "mysql", "x", "host=h", "password=@-", stdin=VALUES[value])
    printed, found = at_the_end(pond, watch, "reveal", "x", "password")
    assert printed.decode() == VALUES[value]
    assert [*map(str, found)] == []


def test_a_value_that_is_revealed_as_json_is_printed_and_gone(pond: Pond, watch: Watch) -> None:
    pond.ok("add", "mysql", "x", "host=h", "password=@-", stdin=f'"{VALUES["wide"]}\n')
    printed, found = at_the_end(pond, watch, "reveal", "x", "password", "--json")
    assert MARKER in printed.decode()
    assert [*map(str, found)] == []


@pytest.mark.parametrize("value", VALUES)
def test_a_value_from_standard_input_is_gone_when_it_is_saved(pond: Pond, watch: Watch, value: str) -> None:
    words = ("add", "mysql", "x", "host=h", "password=@-")
    assert at_the_end(pond, watch, *words, stdin=VALUES[value].encode() + b"\n")[1] == []
    assert pond.ok("reveal", "x", "password").out == VALUES[value]


def test_a_value_from_a_file_is_gone_when_it_is_saved(pond: Pond, watch: Watch) -> None:
    path = pond.folder / "value"
    path.write_text(VALUES["wide"] + "\n")
    assert at_the_end(pond, watch, "add", "mysql", "x", "host=h", f"password=@{path}")[1] == []
    path.write_text("another")
    assert at_the_end(pond, watch, "edit", "x", f"password=@{path}")[1] == []


def test_headers_and_their_checks_leave_nothing(pond: Pond, watch: Watch) -> None:
    headers = f'{{"X-Key": "{MARKER}", "X-Esc": "a\\u00e9\\"b"}}'.encode()
    words = ("add", "http", "x", "extra_http_headers=@-", "--scope", "https://a.example/")
    assert at_the_end(pond, watch, *words, stdin=headers)[1] == []
    assert at_the_end(pond, watch, "show", "x")[1] == []


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_is_typed_is_gone_when_it_is_saved(pond: Pond, watch: Watch, value: str) -> None:
    terminal = pond.terminal("add", "mysql", "x", "user=ana", **watch.environment_at_exit)
    terminal.wait_for("password").type(f"wrong\x15{VALUES[value]}z\x7f\r")
    with watch.at("end") as pid:
        found = [copy for copy in scan(pid, MARKER) if not copy.spilled]
    assert terminal.end() == 0
    assert [*map(str, found)] == []
    assert pond.ok("reveal", "x", "password").out == VALUES[value]


def test_a_value_from_a_variable_stays_in_the_environment_alone(pond: Pond, watch: Watch) -> None:
    """Whoever started the command put it there, twice over: the kernel's copy, and Python's of all variables."""
    found = at_the_end(pond, watch, "add", "mysql", "x", "host=h", "password=env:GIVEN", GIVEN=MARKER)[1]
    print(*map(str, found), sep="\n")
    assert len(found) == 2


def test_a_passphrase_that_is_typed_is_gone_when_the_vault_is_open(pond: Pond, watch: Watch) -> None:
    path = pond.folder / "passphrase"
    path.write_text(MARKER)
    given = {"POND_KEY_FILE": "", "POND_PASSPHRASE_FILE": str(path)}
    pond.ok("add", "mysql", "x", "host=h", **given)
    assert at_the_end(pond, watch, "reveal", "x", "host", **given)[1] == []
    terminal = pond.terminal("reveal", "x", "host", POND_KEY_FILE="", **watch.environment_at_exit)
    terminal.wait_for("passphrase of the vault").type(f"{MARKER}\r")
    with watch.at("end") as pid:
        found = [copy for copy in scan(pid, MARKER) if not copy.spilled]
    assert terminal.end() == 0
    assert [*map(str, found)] == []


def test_after_a_query_the_command_holds_no_copy(pond: Pond, watch: Watch) -> None:
    pond.ok("add", "s3", "x", "key_id=K", "secret=@-", stdin=MARKER)
    printed, found = at_the_end(pond, watch, "sql", "x", "-c", "SELECT count(*) AS n FROM duckdb_secrets()")
    assert b"n" in printed
    assert [*map(str, found)] == []


def test_the_command_that_started_a_shell_holds_no_copy(pond: Pond, watch: Watch) -> None:
    pond.ok("add", "s3", "x", "key_id=K", "secret=@-", stdin=MARKER)
    assert at_the_end(pond, watch, "shell", "x", "-c", "SELECT 1 AS n")[1] == []


def test_the_commands_are_run_as_they_are(pond: Pond, watch: Watch) -> None:
    """The control: the same way of looking finds what a program does keep to its end."""
    environment = {**os.environ, **watch.environment_at_exit}
    code = "import sys; kept = sys.stdin.readline()"
    with subprocess.Popen(["python3", "-c", code], stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        process.stdin.write(MARKER.encode())
        process.stdin.close()
        with watch.at("end") as pid:
            assert scan(pid, MARKER)
