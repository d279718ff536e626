"""How `pond` ends: exit statuses, closed pipes, full disks, and errors that nobody foresaw."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import PROGRAM, Pond


@pytest.mark.parametrize(
    ("words", "status", "name"),
    [
        (("show", "nonsense"), 11, "SecretNotFound"),
        (("add", "postgres", "x", "port=99999999"), 12, "InvalidCredentials"),
        (("add", "postgrs", "x"), 12, "InvalidCredentials"),
        (("add", "postgres", "x", "hostt=y"), 12, "InvalidCredentials"),
        (("add", "mysql", "warehouse", "host=h"), 18, "NameTaken"),
        (("reveal", "warehouse", "sslmode"), 12, "InvalidCredentials"),
        (("sql", "warehouse", "-c", "SELECT 1"), 17, "DuckDBIntegration"),
        (("nonsense",), 2, "Usage"),
        (("ls", "--nonsense"), 2, "Usage"),
        (("add", "mysql", "x", "password=plain"), 2, "Usage"),
    ],
)
def test_every_error_has_its_exit_status_and_is_json_on_request(
    warehouse: Pond, words: tuple[str, ...], status: int, name: str
) -> None:
    plain = warehouse(*words)
    assert plain.status == status
    assert plain.out == ""
    assert re.match(r"error 10\d\d: ", plain.err)
    as_json = warehouse(*words, "--json")
    assert as_json.status == status
    error = as_json.error()
    assert error["name"] == name
    assert plain.err.startswith(f"error {error['code']}: ")
    assert set(error) == {"code", "name", "message", "hint", "field", "retry_after"}
    assert "marker-word" not in plain.err + as_json.err


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


@pytest.mark.parametrize("words", [("ls",), ("sql", "--csv", "-c", "SELECT 1"), ("reveal", "warehouse", "host")])
def test_output_that_cannot_be_written_is_said_plainly(warehouse: Pond, words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, env=warehouse.environment(), check=False, text=True
        )
    assert ended.returncode == 74
    assert ended.stderr.startswith("error 1022: the output cannot be written: no space left")


def test_an_internal_error_shows_no_value_and_no_traceback(pond: Pond, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "sitecustomize.py").write_text(
        "import pondpilot_secrets.commands.list as listing\n"
        "def fails(session, request: listing.ListRequest) -> listing.ListResult: raise ValueError('marker-word')\n"
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
    assert ended.stderr.startswith("error 10")
    assert "Traceback" not in ended.stderr
