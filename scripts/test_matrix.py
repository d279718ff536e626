"""Run the test suite with each pair of Python and DuckDB that is supported, and print a table of what came out.

Each pair has a venv in `.matrix/`, made when it is missing or pyproject.toml has changed. Words after `--` go to pytest.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".matrix"
WHOLE = ("tests",)
TOUCHES_DUCKDB = ("tests/injection", "tests/secret_types", "tests/integration", "tests/interfaces", "tests/vault")
PACKAGED = ("duckdb-cli=={}.*", "pondpilot-secrets[extensions,test]")
COUNTS = ("passed", "failed", "error", "skipped")


@dataclass(frozen=True)
class Pair:
    """A Python, a DuckDB, what is installed beside them, and which tests are run; `note` is for the docs."""

    python: str
    duckdb: str
    rooms: tuple[str, ...]
    requirements: tuple[str, ...]
    note: str

    @property
    def name(self) -> str:
        return f"py{self.python}-duckdb{self.duckdb}"

    def packages(self) -> list[str]:
        """Return what pip is asked for, with the project itself as an editable install."""
        wanted = [f"duckdb=={self.duckdb}", *(each.format(self.duckdb) for each in self.requirements)]
        return [word for each in wanted for word in editable(each)]


PAIRS = (
    Pair("3.11", "1.5.5", WHOLE, (*PACKAGED, "duckdb-extension-quack=={}"), "whole suite, all extension packages"),
    Pair("3.12", "1.5.5", WHOLE, (*PACKAGED, "duckdb-extension-quack=={}"), "whole suite, all extension packages"),
    Pair("3.13", "1.5.5", WHOLE, (*PACKAGED, "duckdb-extension-quack=={}"), "whole suite, all extension packages"),
    Pair("3.11", "1.4.4", TOUCHES_DUCKDB, PACKAGED, "what touches DuckDB; there is no quack package"),
    Pair("3.11", "2.0.1", TOUCHES_DUCKDB, ("pondpilot-secrets[test]",), "what touches DuckDB; no extension packages"),
)


def editable(requirement: str) -> list[str]:
    name, bracket, extras = requirement.partition("[")
    return ["-e", f"{ROOT}[{extras}"] if name == "pondpilot-secrets" and bracket else [requirement]


def find_python(version: str) -> str | None:
    """Return a Python of that version: on PATH, or one of pyenv's."""
    on_path = shutil.which(f"python{version}")
    folder = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
    candidates = [on_path] if on_path else []
    candidates += [str(path) for path in sorted(folder.glob(f"{version}.*/bin/python"))]
    for candidate in candidates:
        # A shim of pyenv's is there for versions that are not chosen, too.
        with contextlib.suppress(OSError):
            answer = subprocess.run([candidate, "-V"], capture_output=True, text=True, check=False)
            if answer.stdout.startswith(f"Python {version}."):
                return candidate
    return None


def install(pair: Pair, python: str) -> Path:
    """Make the pair's venv, or leave it as it is when nothing has changed; returns its Python."""
    venv = FOLDER / pair.name
    own = venv / ("Scripts" if os.name == "nt" else "bin") / "python"
    digest = hashlib.sha256(f"{pair}{(ROOT / 'pyproject.toml').read_text('utf-8')}".encode()).hexdigest()
    stamp = venv / ".installed"
    if stamp.exists() and stamp.read_text() == digest:
        return own
    subprocess.run([python, "-m", "venv", "--clear", str(venv)], check=True)
    pip = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *pair.packages()], check=True)
    stamp.write_text(digest)
    return own


def run(pair: Pair, python: Path, words: list[str]) -> tuple[int, dict[str, int], float]:
    """Run pytest; returns its exit status, its counts, and how many seconds it took. The output is in a log file."""
    began = time.monotonic()
    command = [str(python), "-m", "pytest", "-q", "-r", "fEs", "-p", "no:cacheprovider", *(words or pair.rooms)]
    log = FOLDER / f"{pair.name}.log"
    with log.open("w") as file:
        status = subprocess.run(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, check=False).returncode
    text = log.read_text("utf-8", "replace")
    if status:
        print("\n".join(text.splitlines()[-40:]))
    last = text.rstrip().rpartition("\n")[2]
    counts = {name: int(found[1]) for name in COUNTS if (found := re.search(rf"(\d+) {name}", last))}
    return status, counts, time.monotonic() - began


def chosen(only: list[str]) -> list[Pair]:
    unknown = set(only) - {pair.name for pair in PAIRS}
    if unknown:
        raise SystemExit(f"error: no such pair: {', '.join(sorted(unknown))}\nhint: --list shows them")
    return [pair for pair in PAIRS if not only or pair.name in only]


def main(arguments: list[str]) -> int:
    border = arguments.index("--") if "--" in arguments else len(arguments)
    own, words = arguments[:border], arguments[border + 1 :]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="print the pairs as JSON, for a workflow")
    parser.add_argument("--only", action="append", default=[], metavar="PAIR", help="run this pair alone")
    given = parser.parse_args(own)
    if given.list:
        print(json.dumps([{"pair": pair.name, "python": pair.python} for pair in PAIRS]))
        return 0
    FOLDER.mkdir(exist_ok=True)
    rows, failed = [], False
    for pair in chosen(given.only):
        python = find_python(pair.python)
        if python is None:
            rows.append([pair.python, pair.duckdb, "no such Python here", *[""] * len(COUNTS), ""])
            failed = failed or os.environ.get("CI") == "true"
            continue
        print(f"{pair.name}: {pair.note} …", flush=True)
        status, counts, seconds = run(pair, install(pair, python), words)
        failed = failed or status != 0
        result = "passed" if status == 0 else f"FAILED, see .matrix/{pair.name}.log"
        figures = [f"{counts.get(name, 0):,}" for name in COUNTS]
        rows.append([pair.python, pair.duckdb, result, *figures, f"{seconds / 60:.1f} min"])
    print_table(["Python", "DuckDB", "result", *COUNTS, "time"], rows)
    return 1 if failed else 0


def print_table(header: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
