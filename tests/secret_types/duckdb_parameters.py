"""Ask the running DuckDB for every secret type, provider and parameter it has; prints JSON. Run as a program of its own.

DuckDB has no list of a type's parameters, and its errors name none. But it keeps their names in memory as C++ strings, so
every short word found in this process's memory is a candidate, and CREATE SECRET tells which of them it knows. Where memory
cannot be read (not Linux), the candidates are the names given on standard input only.
"""

from __future__ import annotations

import json
import os
import re
import struct
import sys
from pathlib import Path
from typing import Any

import duckdb

EXTENSIONS = (
    "httpfs",
    "aws",
    "azure",
    "avro",
    "postgres_scanner",
    "mysql_scanner",
    "sqlite_scanner",
    "ducklake",
    "iceberg",
    "quack",
    "unity_catalog",
    "motherduck",
)
# A chain that is asked for credentials must find some at once, or it would ask the network.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "candidate",
    "AWS_SECRET_ACCESS_KEY": "candidate",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "motherduck_host": "127.0.0.1:9",
}
_SHORT = re.compile(rb"([a-z][a-z0-9_]{1,14})\0")
_LONG = re.compile(rb"([a-z][a-z0-9_]{15,39})\0")
_COMMON_PARAMETERS = {"type", "provider", "scope"}


def load(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Load every extension there is a package for; returns why the others are not loaded."""
    missing = {}
    for name in EXTENSIONS:
        found = [
            path
            for folder in sys.path
            for path in Path(folder).glob(
                f"duckdb_extension_{name}/extensions/v{duckdb.__version__}/{name}.duckdb_extension"
            )
        ]
        if not found:
            missing[name] = "no package of it is installed"
            continue
        try:
            connection.execute(f"LOAD '{found[0]}'")
        except duckdb.Error as error:
            missing[name] = str(error).splitlines()[0][:200]
    return missing


def words_in_memory() -> set[str]:
    """Return what looks like a name among this process's C++ strings."""
    words: set[str] = set()
    if not Path("/proc/self/mem").exists():
        return words
    with Path("/proc/self/maps").open() as maps, Path("/proc/self/mem").open("rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in place.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, ValueError, OverflowError):
                continue
            for match in _SHORT.finditer(data):
                at = match.start()
                # A short std::string lies inside its own object, behind its address and length.
                if at >= 16 and data[at - 16 : at] == struct.pack("<QQ", start + at, len(match[1])):
                    words.add(match[1].decode())
            words.update(match[1].decode() for match in _LONG.finditer(data))
    return words


def attempt(connection: duckdb.DuckDBPyConnection, options: str) -> str:
    try:
        connection.execute(f"CREATE OR REPLACE TEMPORARY SECRET candidate ({options})")
    except duckdb.Error as error:
        return str(error)
    return ""


def parameters(connection: duckdb.DuckDBPyConnection, kind: str, provider: str, words: list[str]) -> dict[str, str]:
    found = {}
    for word in words:
        answer = attempt(connection, f"TYPE {kind}, PROVIDER {provider}, \"{word}\" 'x'")
        if "Unknown parameter" not in answer:
            cast = re.search(r"to type '(\w+)", answer)
            found[word] = cast[1] if cast and "Failed to cast option" in answer else "VARCHAR"
    return {word: found[word] for word in sorted(found) if word not in _COMMON_PARAMETERS}


def main() -> None:
    os.environ.update(ENVIRONMENT)
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    missing = load(connection)
    known, seen = set(json.load(sys.stdin)), words_in_memory()
    words = sorted(known | seen)
    types: dict[str, Any] = {}
    for (kind,) in connection.execute("SELECT type FROM duckdb_secret_types()").fetchall():
        answers = {word: attempt(connection, f'TYPE {kind}, PROVIDER "{word}", no_such_parameter 1') for word in words}
        providers = [word for word, answer in answers.items() if "Unknown parameter" in answer]
        types[kind] = {provider: parameters(connection, kind, provider, words) for provider in providers}
    found = {"version": duckdb.__version__, "missing": missing, "types": types, "seen": sorted(known & seen)}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
