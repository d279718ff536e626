"""Whatever a command opens it closes: Python says at its end, or when it collects, what was left open.

Python 3.13 warns of connections to SQLite too; of files, sockets and processes every Python does.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Ended, Pond

pytestmark = pytest.mark.slow  # each command is a process of its own

WATCHING = {"PYTHONWARNINGS": "always::ResourceWarning"}


def left_open(ended: Ended) -> list[str]:
    return [line for line in ended.err.splitlines() if "ResourceWarning" in line or "unclosed" in line]


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["ls"], ""),
        (["show", "warehouse"], ""),
        (["reveal", "warehouse", "password"], ""),
        (["edit", "warehouse", "host=other.example.com"], ""),
        (["edit", "warehouse", "password=@-"], "another"),
        (["rename", "warehouse", "wh"], ""),
        (["rm", "-y", "warehouse"], ""),
        (["add", "http", "api", "token=@-", "--scope", "https://a.example/"], "t"),
        (["audit", "ls"], ""),
        (["audit", "verify"], ""),
        (["vault", "status"], ""),
        (["vault", "repair"], ""),
        (["doctor"], ""),
        (["test", "warehouse"], ""),
        (["sql", "-c", "SELECT 1"], ""),
        (["exec", "warehouse", "--", "true"], ""),
        (["shell", "-c", "SELECT 1"], ""),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, list) else "",
)
def test_a_command_leaves_nothing_open(warehouse: Pond, words: list[str], stdin: str) -> None:
    ended = warehouse(*words, stdin=stdin, **WATCHING)
    assert ended.status in (0, 1), ended.err  # the server that `test` asks is not there
    assert left_open(ended) == []


@pytest.mark.parametrize(
    "words",
    [
        ["show", "nobody"],
        ["reveal", "warehouse", "nothing"],
        ["add", "postgres", "warehouse", "host=h"],
        ["sql", "-c", "SELCT"],
        ["sql", "warehouse", "-c", "SELECT 1"],
        ["shell", "nobody"],
        ["exec", "warehouse", "--", "no-such-program-here"],
    ],
    ids=" ".join,
)
def test_a_command_that_fails_leaves_nothing_open(warehouse: Pond, words: list[str]) -> None:
    ended = warehouse(*words, **WATCHING)
    assert ended.status != 0
    assert left_open(ended) == []


@pytest.mark.parametrize("name", ["metadata.db", "secrets.db"])
def test_a_damaged_file_is_closed_again(warehouse: Pond, name: str) -> None:
    path = Path(warehouse.environment()["POND_HOME"], name)
    for side in (path.with_name(f"{name}-wal"), path.with_name(f"{name}-shm")):
        side.unlink(missing_ok=True)
    path.write_bytes(b"no database at all" * 1000)
    ended = warehouse("show", "warehouse", **WATCHING)
    assert ended.status != 0
    assert left_open(ended) == []


def test_a_wrong_key_leaves_nothing_open(warehouse: Pond) -> None:
    key = Path(warehouse.environment()["POND_KEY_FILE"])
    key.write_bytes(bytes(reversed(key.read_bytes())))
    ended = warehouse("reveal", "warehouse", "password", **WATCHING)
    assert ended.status != 0
    assert left_open(ended) == []


def test_the_warning_would_be_seen(warehouse: Pond, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import os\nopen(os.devnull)\n")
    assert left_open(warehouse("ls", PYTHONPATH=str(tmp_path), **WATCHING))
