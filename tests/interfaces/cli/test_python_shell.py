"""The small prompt that stands in where DuckDB's own shell cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from pondpilot_secrets.commands.duckdb_program import package_version, program_hint
from tests.interfaces.cli.pond import Pond

pytestmark = pytest.mark.slow  # each types on a terminal


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
    assert program_hint(package_version()) in ended.err
    assert "7" in pond.ok("shell", "-c", "SELECT 7", PYTHONPATH=str(hiding)).out
    assert "42" in pond.ok("shell", PYTHONPATH=str(hiding), stdin="SELECT 40 +\n2 AS x").out
    ended = pond("shell", "-c", "SELECT 7", "--", "-csv", PYTHONPATH=str(hiding))
    assert (ended.status, ended.out) == (2, "")
    assert program_hint(package_version()) in ended.err
