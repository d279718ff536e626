"""Whole processes: the `pond` command against the `keyring` command, and the two imports."""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keyring

from benchmarks.keychains import FIELDS, PEER_PAYLOAD, SERVICE, drafts, without_limits
from benchmarks.measure import Row, process, seconds_side_by_side
from pondpilot_secrets import SecretsManager


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder, SecretsManager.open(folder, "system") as vault:
        names = [metadata.name for metadata in vault.save_secrets(drafts(50))]
        without_limits(vault)
        keyring.set_password(SERVICE, "command", PEER_PAYLOAD)
        yield from commands(folder, names[0])
        vault.delete_secrets(names)
        keyring.delete_password(SERVICE, "command")
    yield from imports()


def environment(**more: str) -> dict[str, str]:
    """Ours without the variable that keeps Python from using compiled modules, as a user's is."""
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return own | more


def commands(home: str, name: str) -> Iterator[Row]:
    scripts = Path(sysconfig.get_path("scripts"))
    pond, variables = str(scripts / "pond"), environment(POND_HOME=home)
    peer = process([str(scripts / "keyring"), "get", SERVICE, "command"], variables)
    field = next(field for field in FIELDS if field == "secret")
    for bar, *arguments in ((0.4, "--version"), (0.5, "ls"), (0.6, "reveal", name, field)):
        run = process([pond, *arguments], variables)
        run()
        ours, theirs = seconds_side_by_side(run, peer, calls=1, rounds=10)
        yield Row(f"`pond {arguments[0]}` as a process", ours, bar, "`keyring get`", theirs)


def imports() -> Iterator[Row]:
    variables = environment()
    bare = process([sys.executable, "-c", "pass"], variables)
    ours = process([sys.executable, "-c", "import pondpilot_secrets"], variables)
    peer = process([sys.executable, "-c", "import keyring"], variables)
    ours()
    base, mine = seconds_side_by_side(bare, ours, calls=1, rounds=30)
    base_again, theirs = seconds_side_by_side(bare, peer, calls=1, rounds=30)
    start = min(base, base_again)
    yield Row("import pondpilot_secrets, over a bare start", mine - start, 0.5, "import keyring", theirs - start)
