"""Which program `pond shell` starts: the one whose version is that of the Python package, wherever it is."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from pondpilot_secrets.commands.duckdb_program import find_program, package_version, program_hint, version_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of the tests' own are shell scripts")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is all of PATH, for a Python without the package duckdb-cli."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    monkeypatch.setattr("sysconfig.get_path", lambda _: str(tmp_path / "scripts"))
    return folder


def program(folder: Path, version: str) -> Path:
    """A program whose only content is the version that `ask` reads there."""
    folder.mkdir(exist_ok=True)
    made = folder / "duckdb"
    made.write_text(version)
    made.chmod(0o755)
    return made


def ask(path: str) -> str:
    return Path(path).read_text()


def test_the_version_of_the_package_is_asked_of_the_package() -> None:
    assert package_version() == duckdb.__version__


def test_a_program_of_the_packages_version_is_preferred(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    program(path, "0.9.2")
    right = program(other, duckdb.__version__)
    monkeypatch.setenv("PATH", f"{path}:{other}")
    found = find_program(ask)
    assert found is not None
    assert (found.path, found.fits) == (str(right), True)


def test_without_one_of_that_version_the_first_is_taken_and_known_not_to_fit(path: Path) -> None:
    first = program(path, "1.5.99")
    found = find_program(ask)
    assert found is not None
    assert (found.path, found.version, found.fits) == (str(first), "1.5.99", False)


def test_the_program_beside_this_python_is_found(path: Path, tmp_path: Path) -> None:
    beside = program(tmp_path / "scripts", duckdb.__version__)
    found = find_program(ask)
    assert found is not None
    assert found.path == str(beside)


def test_there_may_be_none(path: Path) -> None:
    assert find_program() is None


def test_a_wrapper_script_is_not_taken_for_the_shell(path: Path) -> None:
    script = path / "duckdb"
    script.write_text(f"#!{sys.executable}\n")
    script.chmod(0o755)
    assert find_program() is None


def test_a_program_that_may_not_be_run_is_passed_over(path: Path) -> None:
    program(path, duckdb.__version__).chmod(0o644)
    assert find_program() is None


def test_a_program_that_does_not_answer_has_no_version(path: Path, tmp_path: Path) -> None:
    assert version_of(str(program(path, "no program at all"))) == ""
    assert version_of(str(tmp_path / "absent")) == ""
    found = find_program()
    assert found is not None
    assert not found.fits


@pytest.mark.skipif(find_program() is None, reason="DuckDB's own shell is not installed (pip install duckdb-cli)")
def test_the_users_settings_are_not_run_for_the_question(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    (tmp_path / ".duckdbrc").write_text(f".print v9.9.9\nCOPY (SELECT 1) TO '{ran}';\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    found = find_program()
    assert found is not None
    assert version_of(found.path) == found.version != "9.9.9"
    assert found.version
    assert not ran.exists()


def test_the_hint_names_the_version_that_fits() -> None:
    assert "pip install 'duckdb-cli==1.5.5.*'" in program_hint("1.5.5")
    assert "2.0.1" in program_hint("2.0.1")
    assert "pip install" not in program_hint("2.0.1")
