from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pondpilot_secrets.access.audit import AuditLog
from pondpilot_secrets.access.audit.audit_reader import AuditReader
from pondpilot_secrets.access.grants import EVERYTHING
from pondpilot_secrets.metadata.store import MetadataStore
from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pondpilot_secrets.access.audit.records import AuditRecord

KEY = bytes(range(32))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MetadataStore]:
    with MetadataStore.open(tmp_path / "vault" / "metadata.db") as opened:
        yield opened


@pytest.fixture
def log(store: MetadataStore) -> AuditLog:
    return AuditLog(store.database, SecureString(KEY), EVERYTHING)


def entries(log: AuditLog, limit: int | None = 100, **wanted: Any) -> list[AuditRecord]:
    """What a reader without the key sees of a log."""
    return AuditReader(log._database).entries(limit, **wanted)
