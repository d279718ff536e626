"""The versions that are promised are the versions that are tried: in the project's file, in the matrix, in the workflows."""

from __future__ import annotations

import runpy
import subprocess
import sys
import tomllib
from typing import Any

import pytest

from pondpilot_secrets.commands.checks.duckdb import NEWER, OLDEST, SUPPORTED
from pondpilot_secrets.secret_types.duckdb_versions import parse_version
from tests.docs.pages import ROOT

SCRIPT = ROOT / "scripts" / "test_matrix.py"


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


@pytest.fixture(scope="module")
def pairs() -> tuple[Any, ...]:
    found: tuple[Any, ...] = runpy.run_path(str(SCRIPT))["PAIRS"]
    return found


def test_every_python_that_is_promised_is_in_the_matrix(project: dict[str, Any], pairs: tuple[Any, ...]) -> None:
    prefix = "Programming Language :: Python :: 3."
    promised = {f"3.{each.removeprefix(prefix)}" for each in project["classifiers"] if each.startswith(prefix)}
    assert promised == {pair.python for pair in pairs if pair.rooms == ("tests",)}
    assert project["requires-python"] == f">={min(promised, key=lambda text: int(text.partition('.')[2]))}"


def test_every_line_of_duckdb_that_is_promised_is_in_the_matrix(
    project: dict[str, Any], pairs: tuple[Any, ...]
) -> None:
    assert SUPPORTED in project["dependencies"]
    tried = sorted(parse_version(pair.duckdb) for pair in pairs)
    assert tried[0][:2] == OLDEST[:2] == (1, 4)
    assert tried[-1] < NEWER
    assert {version[:2] for version in tried} == {(1, 4), (1, 5), (2, 0)}


def test_the_version_that_development_is_pinned_to_is_tried_whole(
    project: dict[str, Any], pairs: tuple[Any, ...]
) -> None:
    pinned = next(each for each in project["optional-dependencies"]["dev"] if each.startswith("duckdb=="))
    assert {pair.duckdb for pair in pairs if pair.rooms == ("tests",)} == {pinned.removeprefix("duckdb==")}


def test_a_pair_that_is_not_there_is_an_error() -> None:
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), "--only", "py2.7-duckdb0.1"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert "no such pair: py2.7-duckdb0.1" in ended.stderr


def test_the_workflow_takes_its_pairs_from_the_script() -> None:
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    assert "python3 scripts/test_matrix.py --list" in text
    assert 'make test-matrix MATRIX="--only ${{ matrix.pair }}"' in text
