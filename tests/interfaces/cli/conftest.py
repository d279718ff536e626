from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interfaces.cli.pond import Pond


@pytest.fixture
def pond(tmp_path: Path) -> Iterator[Pond]:
    pond = Pond(tmp_path)
    yield pond
    pond.close()


@pytest.fixture
def warehouse(pond: Pond) -> Pond:
    """A vault with one PostgreSQL secret."""
    words = ("add", "postgres", "warehouse", "host=127.0.0.1", "port=1", "user=ana", "password=@-")
    pond.ok(*words, "--tag", "prod", "--description", "the shop", stdin="pass marker-word")
    return pond
