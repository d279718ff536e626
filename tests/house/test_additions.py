"""What adding something touches: a sample of each kind is added to a copy of the source, works there, and is counted.

CONTRIBUTING says the same numbers in a table, which is read here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.house.source import PACKAGE, ROOT, SOURCE

SAMPLES = Path(__file__).with_name("samples")
ROW = re.compile(r"^\| an? (?P<what>[\w ]+?) \| (?P<files>[^|]+?) \|", re.MULTILINE)


@dataclass(frozen=True)
class Copy:
    """A copy of the source, in which things are added.

    Attributes:
        root: the folder that holds the package.
        vault: the folder of a vault that its command opens.
    """

    root: Path
    vault: Path

    def add(self, sample: str, path: str) -> None:
        """Put a sample at a path of the package."""
        target = self.root / PACKAGE / path
        target.parent.mkdir(exist_ok=True)
        shutil.copy(SAMPLES / f"{sample}.py", target)

    def add_row(self, path: str, before: str, row: str, *imports: str) -> None:
        """Put a row into a registry, before a text of it, and import what the row names."""
        file = self.root / PACKAGE / path
        text = file.read_text("utf-8")
        assert text.count(before) == 1, f"{path}: {before}"
        text = text.replace(before, row + before)
        first = text.index(f"from {PACKAGE}")
        file.write_text(text[:first] + "".join(f"{line}\n" for line in imports) + text[first:], "utf-8")

    def touched(self) -> list[str]:
        """The files of the package that are new or changed."""
        ours = self.root / PACKAGE
        paths = [path.relative_to(ours) for path in sorted(ours.rglob("*.py"))]
        return [str(path) for path in paths if _text(ours / path) != _text(SOURCE / path)]

    def python(self, *words: str, given: str = "", **variables: str) -> str:
        """Run Python on the copy, and return what it prints."""
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.root),
            "POND_HOME": str(self.vault),
            "POND_KEY_FILE": str(self.vault.with_suffix(".key")),
            "POND_STORE": "file",
            "POND_OFFLINE": "1",
            **variables,
        }
        done = subprocess.run(
            [sys.executable, *words], input=given, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def pond(self, *words: str, given: str = "", **variables: str) -> str:
        script = f"import sys; from {PACKAGE}.interfaces.cli.entry import main; sys.exit(main())"
        return self.python("-c", script, *words, given=given, **variables)

    def json(self, *words: str, **variables: str) -> Any:
        return json.loads(self.pond(*words, "--json", **variables))


def _text(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(SOURCE, tmp_path / "src" / PACKAGE, ignore=shutil.ignore_patterns("__pycache__"))
    return Copy(tmp_path / "src", tmp_path / "vault")


def promised(what: str) -> str:
    """What CONTRIBUTING says that adding a thing touches."""
    rows = {row["what"]: row["files"] for row in ROW.finditer((ROOT / "CONTRIBUTING.md").read_text("utf-8"))}
    return rows[what]


def test_a_secret_type_is_one_file(copy: Copy) -> None:
    copy.add("secret_type", "secret_types/catalog/sample.py")
    assert copy.touched() == ["secret_types/catalog/sample.py"]
    assert promised("secret type") == "1 file"

    copy.pond("add", "sample", "mine", "bearer_token=@-", "--scope", "https://sample.example/", given="marker")
    assert copy.pond("reveal", "mine", "bearer_token") == "marker"
    assert "What the service sent you." in copy.pond("add", "sample", "--help")
    script = f"""
import duckdb
from {PACKAGE} import SecretsManager
with SecretsManager.open() as vault:
    con = duckdb.connect()
    vault.apply(con, "mine")
    print(con.sql("SELECT name, type FROM duckdb_secrets() WHERE name = 'mine'").fetchall())
"""
    assert copy.python("-c", script) == "[('mine', 'http')]\n"
