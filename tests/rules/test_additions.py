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

from tests.rules.source import PACKAGE, ROOT, SOURCE

pytestmark = pytest.mark.slow  # the source is copied, and each command is a process of its own

SAMPLES = Path(__file__).with_name("samples")
MAIN = f"import sys; from {PACKAGE}.interfaces.cli.entry import main; sys.exit(main())"
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
        done = self._run(words, given, variables)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *words: str, **variables: str) -> str:
        """Run a command that fails, and return what it says."""
        done = self._run(("-c", MAIN, *words), "", variables)
        assert done.returncode != 0
        return done.stderr

    def pond(self, *words: str, given: str = "", **variables: str) -> str:
        return self.python("-c", MAIN, *words, given=given, **variables)

    def json(self, *words: str, **variables: str) -> Any:
        return json.loads(self.pond(*words, "--json", **variables))

    def _run(self, words: tuple[str, ...], given: str, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.root),
            "POND_HOME": str(self.vault),
            "POND_KEY_FILE": str(self.vault.with_suffix(".key")),
            "POND_STORE": "file",
            "POND_OFFLINE": "1",
            **variables,
        }
        command = [sys.executable, *words]
        return subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)


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


def test_a_store_is_one_file_and_one_row(copy: Copy) -> None:
    copy.add("store", "keychain/sample.py")
    copy.add_row(
        "keychain/registry.py",
        "MemoryStore())",
        "SampleStore(), ",
        f"from {PACKAGE}.keychain.sample import SampleStore",
    )
    assert copy.touched() == ["keychain/registry.py", "keychain/sample.py"]
    assert promised("store") == "1 file, 1 row"

    sample = {"POND_STORE": "sample"}
    copy.pond("add", "http", "mine", "bearer_token=@-", "--scope", "https://a.example/", given="marker", **sample)
    assert copy.pond("reveal", "mine", "bearer_token", **sample) == "marker"
    assert copy.json("vault", "status", **sample)["store"] == "sample"
    assert b"marker".hex() in (copy.vault / "sample.json").read_text("utf-8")
    assert "sample" in copy.refused("vault", "move", "--to", "nowhere", **sample)
    copy.pond("vault", "move", "--to", "file", **sample)
    assert b"marker".hex() not in (copy.vault / "sample.json").read_text("utf-8")
    assert copy.pond("reveal", "mine", "bearer_token") == "marker"
    copy.pond("vault", "move", "--to", "sample")
    assert copy.pond("reveal", "mine", "bearer_token", POND_STORE="auto") == "marker"


def test_a_command_is_three_files(copy: Copy) -> None:
    copy.add("command", "commands/count.py")
    copy.add("command_line", "interfaces/cli/count.py")
    copy.add_row(
        "commands/registry.py", '    ("doctor", ', '    ("count", "count", "count.count", _LIST, "count secrets"),\n'
    )
    assert copy.touched() == ["commands/count.py", "commands/registry.py", "interfaces/cli/count.py"]
    assert promised("command") == "3 files"

    assert re.search(r"^ +count +count secrets$", copy.pond("--help"), re.MULTILINE)
    copy.pond("add", "http", "mine", "bearer_token=@-", "--scope", "https://a.example/", given="marker")
    assert copy.pond("count") == "1\n"
    assert copy.json("count", "--type", "s3") == {"secrets": 0}


def test_an_interface_is_one_folder(copy: Copy) -> None:
    copy.add("interface", "interfaces/lines/__main__.py")
    assert copy.touched() == ["interfaces/lines/__main__.py"]
    assert promised("interface") == "1 folder"

    copy.pond("add", "http", "mine", "bearer_token=@-", "--scope", "https://a.example/", given="marker")
    asked = [
        {"command": "list"},
        {"command": "reveal", "request": {"name": "mine", "field": "bearer_token"}},
        {"command": "show", "request": {"name": "gone"}},
        {"command": "audit.export"},
    ]
    printed = copy.python("-m", f"{PACKAGE}.interfaces.lines", given="".join(json.dumps(it) + "\n" for it in asked))
    listed, revealed, shown, exported = map(json.loads, printed.splitlines())
    assert [secret["name"] for secret in listed["result"]["secrets"]] == ["mine"]
    assert revealed["error"]["code"] == 1011
    assert shown["error"]["code"] == 1002
    assert [(it["interface"], it["outcome"]) for it in exported["result"]][-1] == ("lines", "denied")
    assert "marker" not in printed


def test_each_row_of_a_registry_has_a_file_of_its_own() -> None:
    """What the table of CONTRIBUTING says of one more holds for those there are."""
    from pondpilot_secrets.commands.registry import COMMANDS
    from pondpilot_secrets.keychain.registry import STORES
    from pondpilot_secrets.secret_types import registry

    assert len({type(store).__module__ for store in STORES}) == len(STORES)
    catalog = {path.stem for path in (SOURCE / "secret_types" / "catalog").glob("*.py")} - {"__init__"}
    assert catalog == set(registry.names())
    for command in COMMANDS.values():
        assert (SOURCE / "commands" / f"{command.target.partition('.')[0]}.py").exists()
        if command.words is not None:
            words = command.words.replace("-", "_").split()
            assert SOURCE.joinpath("interfaces", "cli", *words).with_suffix(".py").exists(), command.words
