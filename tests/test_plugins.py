"""The package of `docs/plugins.md`, installed as the page has it: its store and its secret type work like our own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pondpilot_secrets import plugins
from tests.rules.source import ROOT

pytestmark = pytest.mark.slow  # a package is built and installed, and each command is a process of its own

PAGE = (ROOT / "docs" / "plugins.md").read_text("utf-8")
FILE = re.compile(r'^```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)^```$', re.DOTALL | re.MULTILINE)
VALUE = "marker-plugin-value"

COUNTED = """
import importlib.metadata, json, sys
calls, scan = [], importlib.metadata.entry_points
importlib.metadata.entry_points = lambda **group: (calls.append(group), scan(**group))[1]
from pondpilot_secrets.interfaces.cli.app import run
status = run(sys.argv[1:])
print(json.dumps([status, calls]), file=sys.stderr)
"""
"""A command line that says how often it looked for entry points."""


@dataclass(frozen=True)
class Plugin:
    """The installed package, and a vault in its store.

    Attributes:
        source: its files.
        target: where it is installed.
        vault: the folder of the vault; the key file lies beside it.
    """

    source: Path
    target: Path
    vault: Path

    def python(self, *words: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "PYTHONPATH": str(self.target),
            "POND_HOME": str(self.vault),
            "POND_STORE": "folder",
            "POND_KEY_FILE": str(self.vault.with_suffix(".key")),
            "POND_OFFLINE": "1",
            **variables,
        }
        command = [sys.executable, *words]
        return subprocess.run(command, input=given, env=environment, capture_output=True, text=True, check=False)

    def pond(self, *words: str, given: str = "", **variables: str) -> tuple[str, list[dict[str, str]]]:
        """Run `pond` and return what it prints, and its look-ups of entry points."""
        done = self.python("-c", COUNTED, *words, given=given, **variables)
        *said, counted = done.stderr.splitlines()
        status, calls = json.loads(counted)
        assert status == 0, "\n".join(said)
        return done.stdout, calls


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The files of the page, and the folder that they are installed in as a package."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("target")
    for found in FILE.finditer(PAGE):
        path = source / found["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(found["text"], "utf-8")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", str(target), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return source, target


@pytest.fixture
def plugin(installed: tuple[Path, Path], tmp_path: Path) -> Plugin:
    return Plugin(*installed, tmp_path / "vault")


@pytest.fixture
def lake(plugin: Plugin) -> Plugin:
    """The vault with a secret of the plugin's type in the plugin's store."""
    words = ("key_id=AKIA", "region=eu-central-1", "secret=@-", "--scope", "s3://lake/")
    plugin.pond("add", "wasabi", "lake", *words, given=VALUE)
    return plugin


def test_the_store_passes_the_suite_that_every_store_passes(plugin: Plugin) -> None:
    done = plugin.python(
        "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(plugin.source), str(plugin.source)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\d{2} passed", done.stdout)


def test_a_secret_of_the_type_is_kept_in_the_store_and_comes_back(lake: Plugin) -> None:
    assert lake.pond("reveal", "lake", "secret")[0] == VALUE
    (row,) = json.loads(lake.pond("ls", "--json")[0])["secrets"]
    assert (row["type"], row["scopes"]) == ("wasabi", ["s3://lake/"])
    kept = [path.read_bytes() for path in lake.vault.rglob("*") if path.is_file()]
    assert len([text for text in kept if text.startswith(b"gAAAAA")]) >= 1
    assert not any(VALUE.encode() in text for text in kept)


def test_another_key_opens_nothing(lake: Plugin, tmp_path: Path) -> None:
    from cryptography.fernet import Fernet

    other = tmp_path / "other.key"
    other.write_bytes(Fernet.generate_key())
    done = lake.python("-c", COUNTED, "reveal", "lake", "secret", "--json", POND_KEY_FILE=str(other))
    assert VALUE not in done.stdout + done.stderr
    assert '"code": 1017' in done.stderr


def test_duckdb_is_given_what_the_type_makes_of_the_fields(lake: Plugin) -> None:
    script = """
import duckdb, json
from pondpilot_secrets import SecretsManager
with SecretsManager.open() as vault:
    con = duckdb.connect()
    vault.apply(con, "lake")
    print(json.dumps(con.sql("SELECT name, type, secret_string FROM duckdb_secrets()").fetchall()))
"""
    done = lake.python("-c", script)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    ((name, kind, text),) = [row for row in found if row[0] == "lake"]
    assert (name, kind) == ("lake", "s3")
    assert "endpoint=s3.eu-central-1.wasabisys.com" in text
    assert "url_style=path" in text
    assert VALUE not in text


def test_the_type_is_explained_and_its_rules_hold(plugin: Plugin) -> None:
    assert "Where the bucket is." in plugin.pond("add", "wasabi", "--help")[0]
    done = plugin.python("-c", COUNTED, "add", "wasabi", "lake", "key_id=AKIA", "secret=@-", "--json", given=VALUE)
    assert '"code": 1003' in done.stderr
    assert "region" in done.stderr


def test_a_name_that_nobody_has_is_answered_with_those_there_are(plugin: Plugin) -> None:
    done = plugin.python("-c", COUNTED, "ls", POND_STORE="floder")
    status = plugin.python("-c", COUNTED, "vault", "init", POND_STORE="floder")
    assert "folder" in done.stderr + status.stderr


def test_no_entry_point_is_looked_for_until_a_name_is_not_known(lake: Plugin) -> None:
    assert lake.pond("ls")[1] == []
    assert lake.pond("ls", "--type", "s3")[1] == []
    assert lake.pond("vault", "status", POND_STORE="file", POND_HOME=str(lake.vault / "other"))[1] == []
    assert {call["group"] for call in lake.pond("reveal", "lake", "secret")[1]} >= {"pondpilot_secrets.stores"}


def test_every_name_that_the_example_needs_is_public() -> None:
    imported = re.findall(r"from pondpilot_secrets.plugins import (\([^)]*\)|.*)", PAGE)
    names = {name.strip() for each in imported for name in each.strip("()").split(",") if name.strip()}
    assert len(names) >= 10
    assert names - set(plugins.__all__) == set()
