from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pondpilot_secrets.commands.add import AddRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from tests.commands.requests import fields


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
    given = fields(host="127.0.0.1", port="1", user="ana", password="marker-password")
    dispatch(session, "add", AddRequest("postgres", "warehouse", given, tags=("prod",), description="the shop"))
    return session


@pytest.fixture
def several(warehouse: Session) -> Session:
    """The vault with two secrets more."""
    lake = AddRequest("s3", "Lake", fields(key_id="AK", secret="s"), scopes=("s3://prod/",), tags=("prod",))
    dispatch(warehouse, "add", lake)
    dispatch(warehouse, "add", AddRequest("mysql", "shop_50%", fields(host="h"), description="éclair"))
    return warehouse
