"""The script that DuckDB's own shell reads: no value in it, and one document of values that it takes apart."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets.injection.duckdb_support import running_version
from pondpilot_secrets.injection.extensions import ExtensionStatus
from pondpilot_secrets.injection.shell_script import VARIABLE, ShellScriptBuilder
from pondpilot_secrets.secret_types.base import Parameters
from pondpilot_secrets.secure import SecureString
from tests.secure.live_values import none_left_open

HAS_VERIFY_SSL = running_version() >= (1, 5, 0)
"""A truth value, of which the type has no other."""

HARD = 'it\'s "quoted" \\ \n\t é🦆 $.x ?'


def parameters() -> Parameters:
    entries = {"X-A": SecureString(HARD), "key": "plain"}
    made = Parameters({"bearer_token": SecureString(HARD), "extra_http_headers": entries})
    made.values |= {"verify_ssl": False} if HAS_VERIFY_SSL else {}
    return made


def finished(builder: ShellScriptBuilder):
    builder.create("mine", ("http", "config"), parameters(), ["https://a'/"])
    return builder.finish()


def test_no_value_is_in_the_script_and_all_are_in_the_document() -> None:
    script = finished(ShellScriptBuilder())
    text = script.text("/dev/fd/9")
    assert "quoted" not in text
    assert "plain" not in text
    assert sorted(json.loads(script.values.expose()).values()) == sorted([HARD, "X-A", HARD, "key", "plain"])
    assert "'https://a''/'" in text


def test_the_shell_of_this_process_gets_what_was_meant(tmp_path: Path) -> None:
    """Run as the shell does: statement by statement, the values from a file in the place of a pipe."""
    script = finished(ShellScriptBuilder())
    path = tmp_path / "values"
    path.write_text(script.values.expose())
    con = duckdb.connect(config={"allow_unredacted_secrets": "true"})
    con.execute(f"SET VARIABLE {VARIABLE} = (SELECT content FROM read_text('{path}'))")
    for statement in script.statements:
        if not statement.startswith("SET "):  # the settings close this very look at it
            con.execute(statement)
    shown = con.execute("SELECT secret_string, scope FROM duckdb_secrets(redact=false)").fetchone()
    assert shown is not None
    assert f"bearer_token={HARD};" in shown[0]
    assert not HAS_VERIFY_SSL or "verify_ssl=false" in shown[0]
    assert shown[1] == ["https://a'/"]
    assert con.execute(f"SELECT getvariable('{VARIABLE}')").fetchone() == (None,)


def test_the_order_is_settings_extensions_secrets_forget_attach() -> None:
    builder = ShellScriptBuilder()
    builder.attach("ATTACH '' AS shop")
    builder.load([ExtensionStatus("httpfs", loaded=False, installed=True, package=None)], same_version=True)
    begins = [statement.split()[0] for statement in finished(builder).statements]
    assert begins == ["SET", "SET", "SET", "LOAD", "CREATE", "RESET", "ATTACH"]


@pytest.mark.parametrize(
    ("installed", "package", "same_version", "statements"),
    [
        (True, None, True, ["LOAD httpfs"]),
        (False, None, True, ["INSTALL httpfs", "LOAD httpfs"]),
        (True, None, False, ["INSTALL httpfs", "LOAD httpfs"]),
        (True, Path("/it's"), True, ["LOAD '/it''s'"]),
        (False, Path("/p"), False, ["INSTALL httpfs", "LOAD httpfs"]),
    ],
)
def test_a_packages_file_fits_only_a_shell_of_its_version(
    installed: bool, package: Path | None, same_version: bool, statements: list[str]
) -> None:
    builder = ShellScriptBuilder()
    status = ExtensionStatus("httpfs", loaded=False, installed=installed, package=package)
    builder.load([status, status], same_version=same_version)
    script = builder.finish()
    assert [each for each in script.statements if "httpfs" in each or each.startswith("LOAD")] == statements


def test_what_was_gathered_is_wiped_at_the_end_and_when_it_is_given_up() -> None:
    given = parameters()
    with none_left_open():
        builder = ShellScriptBuilder()
        builder.create("mine", ("http", "config"), given, ())
        with builder.finish() as script:
            assert script.values
        other = ShellScriptBuilder()
        other.create("mine", ("http", "config"), given, ())
        other.discard()
    assert given.values["bearer_token"] == SecureString(HARD)


def test_a_shell_of_duckdb_1_4_reads_the_pipe_as_json() -> None:
    with finished(ShellScriptBuilder(version=(1, 4, 4))) as script:
        assert "FROM read_json_objects('/dev/fd/9', maximum_object_size = 16777216)" in script.text("/dev/fd/9")
    with finished(ShellScriptBuilder(version=(1, 5, 0))) as script:
        assert "FROM read_text('/dev/fd/9')" in script.text("/dev/fd/9")


def test_a_document_of_any_size_is_read_as_json() -> None:
    builder = ShellScriptBuilder(version=(1, 4, 4))
    builder.create("large", ("http", "config"), Parameters({"bearer_token": SecureString("x" * 2**25)}), [])
    with builder.finish() as script:
        assert f"maximum_object_size = {len(script.values) + 1})" in script.text("/dev/fd/9")
