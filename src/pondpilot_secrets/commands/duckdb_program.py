"""DuckDB's own command line: where its program is, and which version it has.

The Python package of DuckDB and the program are installed separately, and an extension fits one version only. So the program
that has the package's version is preferred, wherever it is.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.secret_types.duckdb_versions import parse_version

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_VERSION = re.compile(r"v?(\d+\.\d+\.\d+)")
_DEADLINE = 10.0
"""Seconds that a program may take to say its version; it takes 0.02."""
_PACKAGES_UNTIL = (2, 0, 0)
"""The first DuckDB without a package duckdb-cli."""


@dataclass(frozen=True, slots=True)
class DuckDBProgram:
    """The program, its version, which is empty where it did not say, and the version of the Python package."""

    path: str
    version: str
    package_version: str

    @property
    def fits(self) -> bool:
        """Whether the extensions of the Python package can be loaded into it."""
        return self.version == self.package_version


def find_program(ask: Callable[[str], str] | None = None) -> DuckDBProgram | None:
    """Return the program that has the version of the Python package, else the first that there is.

    `ask` tells the version of the program at a path, by running it when None.

    Looked for in the package duckdb-cli, beside this Python, and on PATH. A script is passed over: it would close the pipes
    before the program that it starts can read them.
    """
    package = package_version()
    first = None
    for path in _candidates():
        program = DuckDBProgram(path, (ask or version_of)(path), package)
        if program.fits:
            return program
        first = first or program
    return first


def package_version() -> str:
    """Return the version of the Python package duckdb; raises ImportError where it is not there."""
    import duckdb

    return duckdb.__version__


def version_of(path: str) -> str:
    """Ask a program for its version, without the user's ~/.duckdbrc, which it would run first; empty for no answer."""
    # DuckDB 1.4 does not know -no-init; it reads no file for -version, and would find none.
    questions = ((["-no-init", "-version"], dict(os.environ)), (["-version"], {**os.environ, "HOME": os.devnull}))
    for words, environment in questions:
        try:
            answer = subprocess.run(
                [path, *words],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_DEADLINE,
                check=False,
                env=environment,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            log.debug("commands", "%s does not say its version: %s", path, type(error).__name__)
            return ""
        match = _VERSION.match(answer.stdout)
        if answer.returncode == 0 and match is not None:
            return match[1]
    return ""


def program_hint(version: str) -> str:
    """Return how to get the program of a version."""
    if parse_version(version) >= _PACKAGES_UNTIL:
        return f"there is no Python package of DuckDB's shell {version}: put its program `duckdb` on PATH"
    return f"`pip install 'duckdb-cli=={version}.*'` brings the one that fits"


def _candidates() -> Iterator[str]:
    name = "duckdb.exe" if sys.platform == "win32" else "duckdb"
    spec = importlib.util.find_spec("duckdb_cli")
    folders = [*((spec.submodule_search_locations or ()) if spec else ()), sysconfig.get_path("scripts")]
    seen = set()
    for folder in (*folders, *os.get_exec_path()):
        path = Path(folder, name)
        if path not in seen and path.is_file() and os.access(path, os.X_OK) and not _is_script(path):
            yield str(path)
        seen.add(path)


def _is_script(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"#!"
    except OSError:  # it may be run but not read
        return False
