"""The architecture page follows a call as it goes: its steps are really called, in its order, one file a package."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import ROOT, code, headings, rows, text_of
from tests.interfaces.cli.pond import Pond

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.postgres import PostgresServer

SOURCE = ROOT / "src" / "pondpilot_secrets"

TRACED = """
import json, sys, threading

calls, source = {}, sys.argv.pop(1)

def note(frame, event, argument):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(source):
        calls.setdefault(code.co_filename[len(source) + 1:] + ":" + code.co_qualname, len(calls))

threading.setprofile(note)
sys.setprofile(note)
from pondpilot_secrets.interfaces.cli.entry import main
try:
    sys.exit(main())
finally:
    sys.setprofile(None)
    print(json.dumps(calls), file=sys.stderr)
"""
"""A program that runs `pond` and prints which functions of ours were called, in the order of their first calls."""


def steps() -> list[tuple[str, str]]:
    """The file and the function of each step of the page's table."""
    found = []
    for row in rows(text_of("architecture.md").partition("## One call")[2].partition("\n## ")[0]):
        file, function = (code(cell) for cell in row[1:3])
        assert file is not None
        assert function is not None
        found.append((file, function.removesuffix("()")))
    return found


def packages() -> list[str]:
    return sorted(path.name for path in SOURCE.iterdir() if (path / "__init__.py").exists())


@pytest.fixture
def pond(tmp_path: Path) -> Iterator[Pond]:
    pond = Pond(tmp_path)
    yield pond
    pond.close()


def test_the_steps_are_called_in_the_order_of_the_page(pond: Pond, postgres_server: PostgresServer) -> None:
    server = postgres_server
    fields = [f"host={server.host}", f"port={server.port}", f"user={server.user}", f"database={server.database}"]
    pond.ok("add", "postgres", "warehouse", *fields, "password=@-", stdin=server.password)
    words = ["sql", "warehouse", "-c", "FROM warehouse.public.orders"]
    done = subprocess.run(
        [sys.executable, "-c", TRACED, str(SOURCE), *words],
        env=pond.environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "chloé" in done.stdout
    calls: dict[str, int] = json.loads(done.stderr.splitlines()[-1])
    wanted = [f"{file}:{function}" for file, function in steps()]
    assert [each for each in wanted if each not in calls] == []
    assert sorted(wanted, key=calls.__getitem__) == wanted


def test_a_package_has_one_file_in_the_table() -> None:
    found: dict[str, set[str]] = {}
    for file, _function in steps():
        found.setdefault(file.partition("/")[0], set()).add(file)
    assert {package: files for package, files in found.items() if len(files) > 1} == {}


@pytest.mark.parametrize("package", packages())
def test_every_package_is_in_the_picture(package: str) -> None:
    picture = text_of("architecture.md").partition("```text")[2].partition("```")[0]
    assert f"{package}/" in picture


@pytest.mark.parametrize(
    "coming", ["connections/", "transfer/", "renewal/", "signin/", "agent/", "integrations/", "web", "desktop", "mcp"]
)
def test_what_is_to_come_has_its_place(coming: str) -> None:
    picture = text_of("architecture.md").partition("```text")[2].partition("```")[0]
    assert coming in picture
    assert "To come" in headings(ROOT / "docs" / "architecture.md")


def test_the_parts_of_the_vault_are_modules() -> None:
    table = text_of("architecture.md").partition("## Inside vault")[2].partition("\n## ")[0]
    named = {name for row in rows(table) for name in re.findall(r"`(\w+)`", row[0])}
    assert named
    assert named - {path.stem for path in (SOURCE / "vault").glob("*.py")} == set()
