from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.access.grants import Access
from pondpilot_secrets.commands.saving import AddRequest, add
from pondpilot_secrets.commands.session import Session


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault's folder to be, in a home folder of its own, with no key named by a variable."""
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("POND_OFFLINE", "1")
    return tmp_path / "vault"


@pytest.fixture
def session(home: Path) -> Iterator[Session]:
    """Everything allowed, on a vault in an encrypted file that is made at first use."""
    with Session(home=home, store="file", key_file=home.with_name("pond.key")) as session:
        yield session


@pytest.fixture
def warehouse(session: Session) -> Session:
    """The vault with one secret, whose password is `marker-password`."""
    fields = {"host": "127.0.0.1", "port": "1", "user": "ana", "password": "marker-password"}
    add(session, AddRequest("postgres", "warehouse", fields, tags=("prod",), description="the shop"))
    return session


def only(*grants: str) -> Access:
    """An interface that holds these grants and no others."""
    from pondpilot_secrets.access.grants import Grant

    return Access("mcp", frozenset(Grant(grant) for grant in grants))
