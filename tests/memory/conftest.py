from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Pond
from tests.memory.shapes import SHAPES
from tests.vault.conftest import home, store  # noqa: F401 - fixtures
from tests.vault.stores import open_vault

if not sys.platform.startswith("linux"):
    collect_ignore_glob = ["test_*.py"]  # /proc/PID/mem is Linux's own


@pytest.fixture
def filled(home: Path, store: str) -> Path:  # noqa: F811
    """A vault with a secret of every shape, filled by this process."""
    with open_vault(home, store) as vault:
        for name, (type_, fields, scope) in SHAPES.items():
            vault.save_secret(type_, name, fields, scope=scope)
    return home


@pytest.fixture
def pond(tmp_path: Path) -> Pond:
    return Pond(tmp_path)
