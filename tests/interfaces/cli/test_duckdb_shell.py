"""DuckDB's own command line has the secrets, exactly, and nothing else of the machine ever does."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets import SecretsManager
from pondpilot_secrets.injection.extensions import packaged
from pondpilot_secrets.injection.shell_script import ShellScriptBuilder
from pondpilot_secrets.interfaces.cli import duckdb_shell
from pondpilot_secrets.secret_types.base import Parameters
from pondpilot_secrets.secure import SecureString
from tests.duckdb_versions import needs_shell
from tests.interfaces.cli.pond import Pond

pytestmark = pytest.mark.slow  # DuckDB's own shell is started for each

NASTY = [
    "plain",
    "qu'o\"te\\",
    "line\nend\r\ttab",
    "nul\0inside",
    "$1 ? -- ; /* */",
    "emoji😀 שלום é",
    "x" * 100_000,
]


# DuckDB itself compares: what it prints of a text is not always the text. A secret is shown as `key=value;…`, its keys in
# their order, and a map as any MAP is.
COMPARED = """
SELECT ends_with(secret_string, concat(';secret=', content, ';use_ssl=false'))
   AND contains(secret_string, concat(';extra_http_headers=', MAP {{'X-A': concat('h', content)}}::VARCHAR, ';')),
       sha256(content)
FROM duckdb_secrets(redact=false), read_text('{}')
"""


@needs_shell
@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:12]))
def test_every_value_arrives_exactly(value: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(value.encode()).hexdigest()
    assert compared_by_the_shell(tmp_path, kept=value, given=value) == ["true", digest]


@needs_shell
@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:12]))
def test_a_value_that_differs_in_its_last_letter_does_not_pass_for_it(value: str, tmp_path: Path) -> None:
    assert compared_by_the_shell(tmp_path, kept=value[:-1] + "ÿ", given=value)[0] == "false"


def shell_program() -> str:
    program = duckdb_shell.find()
    assert program is not None
    return program.path


def compared_by_the_shell(folder: Path, *, kept: str, given: str) -> list[str]:
    """What DuckDB's shell answers whether it has exactly the given value, which it reads from a file of its own."""
    again = folder / "given"
    again.write_bytes(given.encode())
    builder = ShellScriptBuilder()
    fields = {
        "key_id": "AK",
        "secret": SecureString(kept),
        "use_ssl": False,
        "extra_http_headers": {"X-A": SecureString("h" + kept)},
    }
    builder.create('na"me', ("s3", "config"), Parameters(fields), ["s3://it's/"])
    script = builder.finish()
    with script, duckdb_shell._pipe() as statements, duckdb_shell._pipe() as values:
        text = duckdb_shell.init_file(script.text(f"/dev/fd/{values[0].fileno()}"), duckdb.__version__)
        text = "".join(line for line in text.splitlines(True) if "unredacted" not in line)
        text = text.replace(".mode trash\n", f".mode trash\n{load_httpfs()}\n")
        command = [
            shell_program(),
            "-init",
            f"/dev/fd/{statements[0].fileno()}",
            "-unredacted",
            "-csv",
            "-noheader",
        ]
        command += ["-c", COMPARED.format(again)]
        ends = (statements[0], values[0])
        descriptors = [end.fileno() for end in ends]
        with subprocess.Popen(command, pass_fds=descriptors, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            for end in ends:
                end.close()
            duckdb_shell._write(statements[1], memoryview(text.encode()))
            with script.values.exposed() as view:
                duckdb_shell._write(values[1], view)
            out, err = child.communicate(timeout=60)
    assert err == b""
    assert kept[:50] not in text or kept == "plain"
    return out.decode().strip().split(",")


def load_httpfs() -> str:
    path = packaged("httpfs")
    return f"LOAD '{path}';" if path else "LOAD httpfs;"


@needs_shell
def test_neither_the_statements_nor_the_values_need_fit_into_a_pipe(pond: Pond) -> None:
    names = [f"lake{number}" for number in range(90)]
    variables = pond.environment()
    with SecretsManager.open(variables["POND_HOME"], "file", key_file=variables["POND_KEY_FILE"]) as manager:
        for name in names:
            fields = {"key_id": "AK", "secret": name.ljust(1000, "x")}
            manager.save_secret("s3", name, fields, scope=f"s3://{name}/" + "x" * 1000)
    counted = pond.ok("shell", *names, "-c", "SELECT count(*) FROM duckdb_secrets()", "--", "-csv", "-noheader")
    assert counted.out.split() == ["90"]


@needs_shell
def test_the_users_own_settings_are_still_read(pond: Pond) -> None:
    pond.environment()
    (pond.folder / "home" / ".duckdbrc").write_text("CREATE MACRO mine() AS 42;\n.mode csv\n.headers off\n")
    assert pond.ok("shell", "-c", "SELECT mine()").out.split() == ["42"]
    assert pond("shell", "-c", "SELECT mine()", "--", "-no-init").status == 1


@needs_shell
def test_a_settings_file_that_is_named_is_read_in_place_of_the_users_and_the_secrets_are_there_all_the_same(
    warehouse: Pond,
) -> None:
    (warehouse.folder / "home" / ".duckdbrc").write_text("CREATE MACRO mine() AS 42;\n")
    other = warehouse.folder / 'ot"her\\'
    other.write_text("CREATE MACRO other() AS 43;\n")
    warehouse.ok("add", "s3", "lake", "key_id=AK", "secret=@-", stdin="s")
    words = ("--", "-csv", "-noheader", "-init", str(other))
    asked = "SELECT name, other() FROM duckdb_secrets()"
    assert warehouse.ok("shell", "lake", "-c", asked, *words).out.split() == ["lake,43"]
    assert warehouse("shell", "-c", "SELECT mine()", *words).status == 1
    refused = warehouse("shell", "-c", "SELECT 1", "--", "-init", "nowhere.sql")
    assert refused.status == 31
    assert "nowhere.sql" in refused.err


@needs_shell
def test_nothing_secret_is_to_be_seen_from_outside(pond: Pond) -> None:
    pond.ok("add", "s3", "lake", "key_id=AK", "secret=@-", stdin="marker-word-1234")
    terminal = pond.terminal("shell", "lake").wait_for("D ")
    terminal.type("SELECT 'rea' || 'dy';\r").wait_for("ready").wait_for("D ")
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
