from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pondpilot_secrets.metadata.store import MetadataStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vault" / "metadata.db"


@pytest.fixture
def store(path: Path) -> Iterator[MetadataStore]:
    with MetadataStore.open(path) as opened:
        yield opened
