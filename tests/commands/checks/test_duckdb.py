"""The checks of DuckDB, its extensions and its shell, and of secrets in plain text."""

from __future__ import annotations

from pathlib import Path

import duckdb as library
import pytest

from pondpilot_secrets.commands.checks.duckdb import duckdb, duckdb_shell, plain_text_secrets
from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health
from pondpilot_secrets.commands.duckdb_program import program_hint
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.injection.extensions import packaged


def test_duckdb_says_its_version_and_its_extensions(session: Session) -> None:
    version, extensions = duckdb(session)
    assert version == CheckOutcome("duckdb", Health.OK, f"DuckDB {library.__version__}")
    assert extensions.health is Health.OK
    assert "postgres_scanner" in extensions.message


def test_an_extension_that_the_vaults_secrets_need_and_that_cannot_be_loaded_is_broken_offline(
    warehouse: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    missing = list(duckdb(warehouse))[-1]
    assert missing.health is Health.BROKEN
    assert "postgres_scanner" in missing.message
    assert missing.hint


def test_duckdbs_shell_is_there_or_the_way_to_get_it(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("sysconfig.get_path", lambda name: "/nowhere")
    monkeypatch.setenv("PATH", "/nowhere")
    (outcome,) = duckdb_shell(session)
    assert (outcome.health, outcome.hint) == (Health.OK, program_hint(library.__version__))


def test_a_shell_of_another_version_than_the_python_package_is_told(
    session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "duckdb"
    program.write_text("no program at all")
    program.chmod(0o755)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("sysconfig.get_path", lambda name: "/nowhere")
    monkeypatch.setenv("PATH", str(tmp_path))
    (outcome,) = duckdb_shell(session)
    assert outcome.health is Health.WARNING
    assert str(program) in outcome.message
    assert library.__version__ in outcome.message
    assert outcome.hint == program_hint(library.__version__)


def message_of(session: Session) -> str:
    (outcome,) = plain_text_secrets(session)
    return outcome.message


def test_plain_text_secrets_are_listed_by_name_only(session: Session, tmp_path: Path) -> None:
    (none,) = plain_text_secrets(session)
    assert none.health is Health.OK
    folder = tmp_path / ".duckdb" / "stored_secrets"
    folder.mkdir(parents=True)
    for name in ("prod", "zoë's"):
        (folder / f"{name}.duckdb_secret").write_bytes(b"key_id=AKIA;secret=marker-word")
    (folder / "notes.txt").write_text("not a secret")
    (outcome,) = plain_text_secrets(session)
    assert outcome.health is Health.WARNING
    assert outcome.message.endswith(": prod, zoë's")
    assert outcome.message.startswith("2 in ")
    assert "marker" not in f"{outcome}"
    for number in range(20):
        (folder / f"a{number:02}.duckdb_secret").touch()
    assert message_of(session).endswith("a08, a09 and 12 more")


def test_secrets_that_duckdb_itself_stores_are_found(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / ".duckdb" / "stored_secrets"
    with library.connect() as con:
        con.execute(f"SET secret_directory = '{folder}'")
        con.execute(f"LOAD '{packaged('httpfs')}'")
        con.execute("CREATE PERSISTENT SECRET kept (TYPE s3, KEY_ID 'a', SECRET 'marker-word')")
    assert message_of(session).endswith(": kept")
