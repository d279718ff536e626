"""`pond shell`: DuckDB's own command line has the secrets, exactly, and nothing else of the machine ever does."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pondpilot_secrets.injection.shell_script import ShellScriptBuilder
from pondpilot_secrets.interfaces.cli import duckdb_shell
from pondpilot_secrets.secret_types.base import Parameters
from pondpilot_secrets.secure import SecureString
from tests.interfaces.cli.pond import Pond
from tests.services.http_server import HTTPDataServer

NASTY = [
    "plain",
    "qu'o\"te\\",
    "line\nend\r\ttab",
    "nul\0inside",
    "$1 ? -- ; /* */",
    "emoji😀 שלום é",
    "x" * 100_000,
]

needs_shell = pytest.mark.skipif(
    duckdb_shell.find() is None and os.environ.get("CI", "").lower() != "true",
    reason="DuckDB's own shell is not installed (pip install duckdb-cli)",
)


@needs_shell
@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:12]))
def test_every_value_arrives_exactly(value: str) -> None:
    builder = ShellScriptBuilder()
    parameters = Parameters(
        {
            "key_id": "AK",
            "secret": SecureString(value),
            "use_ssl": False,
            "extra_http_headers": {"X-A": SecureString("h" + value[:1000])},
        }
    )
    builder.create('na"me', ("s3", "config"), parameters, ["s3://it's/"])
    script = builder.finish()
    compared = (
        "SELECT contains(secret_string, concat('secret=', content, ';')) AND contains(secret_string, 'use_ssl=false') "
        "AND contains(secret_string, 'X-A=h') FROM duckdb_secrets(redact=false), read_text('/dev/fd/{}')"
    )
    httpfs = load_httpfs()
    with script, duckdb_shell._pipe() as statements, duckdb_shell._pipe() as values, duckdb_shell._pipe() as again:
        text = script.text(f"/dev/fd/{values[0]}")
        text = "\n".join([httpfs, *(line for line in text.splitlines() if "unredacted" not in line), ""])
        descriptors = (statements[0], values[0], again[0])
        command = [str(duckdb_shell.find()), "-unredacted", "-init", f"/dev/fd/{statements[0]}", "-csv", "-noheader"]
        command += ["-c", compared.format(again[0])]
        with subprocess.Popen(command, pass_fds=descriptors, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            for descriptor in descriptors:
                os.close(descriptor)
            duckdb_shell._write(statements[1], memoryview(text.encode()))
            with script.values.exposed() as view:
                duckdb_shell._write(values[1], view)
            duckdb_shell._write(again[1], memoryview(value.encode()))
            out, err = child.communicate(timeout=60)
    assert out.decode().split() == ["true"], err.decode()[-500:]
    assert value[:50] not in text or value == "plain"


def load_httpfs() -> str:
    import duckdb

    from pondpilot_secrets.injection.extensions import packaged

    del duckdb
    path = packaged("httpfs")
    return f"LOAD '{path}';" if path else "LOAD httpfs;"


@needs_shell
def test_the_shell_reads_what_only_the_token_opens(pond: Pond, http_data_server: HTTPDataServer) -> None:
    scope = f"{http_data_server.base_url}/"
    pond.ok("add", "http", "api", "token=@-", "--scope", scope, stdin=http_data_server.token)
    query = f"SELECT customer FROM '{http_data_server.url}' LIMIT 1"
    assert pond.ok("shell", "api", "-c", query, "--", "-csv", "-noheader").out.split() == ["ana"]


@needs_shell
def test_the_users_own_settings_are_still_read(pond: Pond) -> None:
    pond.environment()
    (pond.folder / "home" / ".duckdbrc").write_text("CREATE MACRO mine() AS 42;\n")
    assert "42" in pond.ok("shell", "-c", "SELECT mine()").out


@needs_shell
def test_nothing_secret_is_to_be_seen_from_outside(pond: Pond) -> None:
    pond.ok("add", "s3", "lake", "key_id=AK", "secret=@-", stdin="marker-word-1234")
    terminal = pond.terminal("shell", "lake")
    terminal.type("SELECT 'rea' || 'dy';\r").wait_for("ready")
    try:
        for process in (terminal.child.pid, *children_of(terminal.child.pid)):
            for name in ("cmdline", "environ"):
                assert b"marker-word" not in Path(f"/proc/{process}/{name}").read_bytes()
            for descriptor in Path(f"/proc/{process}/fd").iterdir():
                assert "memfd" not in str(descriptor.readlink())
    finally:
        terminal.type(".quit\r")
    assert terminal.end() == 0
    assert "marker-word" not in terminal.screen


def children_of(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


@needs_shell
def test_the_shells_exit_status_is_ponds(pond: Pond) -> None:
    assert pond("shell", "-c", "SELCT").status == 1
    assert pond("shell", "nonsense", "-c", "SELECT 1").status == 11


def test_without_duckdbs_shell_a_small_prompt_stands_in(pond: Pond, tmp_path: Path) -> None:
    hiding = tmp_path / "hiding"
    hiding.mkdir()
    (hiding / "sitecustomize.py").write_text(
        "import pondpilot_secrets.interfaces.cli.duckdb_shell as shell\nshell.find = lambda: None\n"
    )
    ended = pond.ok(
        "shell", PYTHONPATH=str(hiding), stdin="SELECT 40 +\n2 AS x;\nSELCT;\nSELECT 'still here';\n.quit\n"
    )
    assert "42" in ended.out
    assert "still here" in ended.out
    assert "SELCT" in ended.err
    assert "duckdb-cli" in ended.err
    assert "7" in pond.ok("shell", "-c", "SELECT 7", PYTHONPATH=str(hiding)).out


def test_a_wrapper_script_is_not_taken_for_the_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "duckdb"
    script.write_text(f"#!{sys.executable}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert duckdb_shell.find() is None
