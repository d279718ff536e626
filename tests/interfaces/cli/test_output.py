"""Standard output is data, plain in pipes; everything else is standard error; nothing there can steer a terminal."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond


def test_pipes_get_no_colour_and_terminals_do_unless_told_otherwise(warehouse: Pond) -> None:
    assert "\x1b[" not in warehouse.ok("ls").out
    coloured = warehouse.terminal("ls")
    assert coloured.end() == 0
    assert "\x1b[1m" in coloured.screen
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        plain = warehouse.terminal("ls", **variables)
        assert plain.end() == 0
        assert "\x1b[" not in plain.screen


def test_a_closed_pipe_ends_it_quietly(pond: Pond) -> None:
    command = [PROGRAM, "sql", "--csv", "-c", "FROM range(1000000)"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, env=pond.environment()) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"range\n"
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 141
    child.stderr.close()


def test_control_characters_of_data_are_written_out(pond: Pond) -> None:
    pond.ok("add", "mysql", "x", "user=ana", "--description", "\x1b[31mred\x07")
    assert "\x1b" not in pond.ok("show", "x").out
    assert "\\x1b[31mred" in pond.ok("show", "x").out
    assert "\\x1b" in pond.ok("sql", "-c", "SELECT chr(27) AS escape").out


def test_wide_letters_keep_columns_aligned(pond: Pond) -> None:
    pond.ok("add", "mysql", "数据库", "user=ana")
    pond.ok("add", "mysql", "abc", "user=ana")
    first, second = pond.ok("ls").out.splitlines()[1:]
    assert first.index("mysql") == second.index("mysql") + 3


def test_notes_go_to_standard_error(pond: Pond) -> None:
    ended = pond.ok("add", "mysql", "x", "user=ana")
    assert ended.out == ""
    assert "saved x (mysql)" in ended.err


def test_an_internal_error_shows_no_value_and_no_traceback(pond: Pond, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import pondpilot_secrets.commands.listing as listing\n"
        "def fails(*_): raise ValueError('marker-word')\n"
        "listing.list_secrets = fails\n"
    )
    ended = pond("ls", PYTHONPATH=str(broken))
    assert ended.status == 70
    assert "ValueError" in ended.err
    assert "--trace" in ended.err
    assert "marker-word" not in ended.err
    assert "Traceback" not in ended.err
    traced = pond("--trace", "ls", PYTHONPATH=str(broken))
    assert "in fails" in traced.err
    assert "marker-word" not in traced.err


@pytest.mark.parametrize("words", [(), ("vault",), ("audit",)])
def test_a_group_without_a_command_shows_its_help_and_is_no_success(pond: Pond, words: tuple[str, ...]) -> None:
    ended = pond(*words)
    assert ended.status == 2
    assert ended.err.startswith("Usage: pond")
    assert "error:" not in ended.err
    assert ended.out == ""


def test_help_of_every_command_has_examples(pond: Pond) -> None:
    from click.testing import CliRunner

    from pondpilot_secrets.interfaces.cli.app import COMMANDS
    from pondpilot_secrets.interfaces.cli.app import pond as command

    runner = CliRunner()
    paths = [[name] for name in COMMANDS] + [
        ["vault", name] for name in ("status", "init", "unlock", "migrate", "rekey", "recovery", "recover")
    ]
    for path in paths:
        result = runner.invoke(command, [*path, "--help"])
        assert result.exit_code == 0, path
        assert "Example" in result.output, path
        assert "--json" in result.output, path


def test_a_mistyped_command_gets_a_suggestion(pond: Pond) -> None:
    assert "`pond reveal`" in pond("revael", "x").err


def test_completion_scripts_and_what_they_complete(warehouse: Pond) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_POND_COMPLETE" in warehouse.ok("completion", shell).out

    def completed(line: str) -> str:
        word = len(line.split()) if line.endswith(" ") else len(line.split()) - 1
        return warehouse("x", _POND_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(word)).out

    assert "warehouse" in completed("pond show ")
    assert "postgres" in completed("pond add pos")
    assert "password=" in completed("pond add mysql x pass")
    assert "host" in completed("pond reveal warehouse h")
    assert "sslmode=" in completed("pond edit warehouse ssl")
    assert "reveal" in completed("pond rev")
    assert "status" in completed("pond vault st")


@pytest.mark.parametrize("words", [("ls",), ("sql", "--csv", "-c", "SELECT 1"), ("reveal", "warehouse", "host")])
def test_output_that_cannot_be_written_is_said_plainly(warehouse: Pond, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, env=warehouse.environment(), check=False, text=True
        )
    assert ended.returncode == 74
    assert ended.stderr.startswith("error: the output cannot be written: no space left")


def test_a_trace_needs_no_working_folder(pond: Pond, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'cd "{gone}" && rmdir "{gone}" && exec "{PROGRAM}" --trace ls'
    ended = subprocess.run(
        ["sh", "-c", script],
        capture_output=True,
        env={**pond.environment(), "POND_HOME": "relative"},
        check=False,
        text=True,
    )
    assert ended.returncode != 0
    assert ended.stderr.startswith("error: ")
    assert "Traceback" not in ended.stderr


def test_a_secret_that_is_sent_everywhere_says_so(pond: Pond) -> None:
    pond.ok("add", "http", "api", "token=env:TOKEN", "--scope", "*", TOKEN="t")
    pond.ok("add", "mysql", "shop", "host=h", "password=env:TOKEN", TOKEN="t")
    assert re.search(r"^scopes +\*$", pond.ok("show", "api").out, re.MULTILINE)
    assert re.search(r"^scopes +-$", pond.ok("show", "shop").out, re.MULTILINE)
