"""Moving a vault to another store and back."""

from __future__ import annotations

import dataclasses

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.store_move import MoveRequest
from pondpilot_secrets.commands.vault import StatusRequest
from pondpilot_secrets.errors import UsageError
from tests.commands.requests import later


@pytest.mark.parametrize("store", ["auto", "openbao", ""])
def test_a_vault_moves_only_to_a_store_that_there_is(warehouse: Session, store: str) -> None:
    with pytest.raises(UsageError):
        dispatch(warehouse, "vault.move", MoveRequest(store))
    assert dispatch(warehouse, "vault.status", StatusRequest()).store == "file"


@pytest.mark.usefixtures("keychain_environment")
def test_a_vault_moves_to_the_keychain_and_back_under_the_key_file_that_is_named(warehouse: Session) -> None:
    progress: list[tuple[int, int]] = []
    with dataclasses.replace(warehouse, progress=lambda done, total: progress.append((done, total))) as session:
        moved = dispatch(session, "vault.move", MoveRequest("system"))
    assert (moved.source, moved.target, moved.missing) == ("file", "system", ())
    assert moved.moved >= 1
    assert progress[-1][0] == progress[-1][1]
    key = f"{warehouse.home}.new.key"
    with later(warehouse) as session:
        assert dispatch(session, "vault.move", MoveRequest("file", key)).target == "file"
    with later(warehouse) as session:
        assert dispatch(session, "vault.status", StatusRequest()).opens_with == ("file",)
        with dispatch(session, "reveal", RevealRequest("warehouse", "password")).value as value:
            assert value.expose() == "marker-password"
