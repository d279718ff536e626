from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets import SecretsManager
from tests.vault.stores import STORES, open_vault


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> str:
    """Each real store in turn; the system's is a gnome-keyring of the tests' own."""
    if request.param == "system":
        request.getfixturevalue("keychain_environment")
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "vault"


@pytest.fixture
def vault(home: Path, store: str) -> Iterator[SecretsManager]:
    with open_vault(home, store) as opened:
        yield opened
