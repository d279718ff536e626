"""Making a vault, unlocking it, and saying where it stores credentials."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.vault import InitRequest, StatusRequest, UnlockRequest
from pondpilot_secrets.errors import UsageError
from tests.commands.requests import later


def test_a_vault_is_made_once(session: Session) -> None:
    assert dispatch(session, "vault.status", StatusRequest()).store is None
    made = dispatch(session, "vault.init", InitRequest())
    assert (made.store, made.secrets, made.opens_with) == ("file", 0, ("file",))
    with pytest.raises(UsageError, match="there is a vault"):
        dispatch(session, "vault.init", InitRequest())


def test_the_store_and_the_key_file_of_a_new_vault_are_data_of_the_request(session: Session) -> None:
    with later(session) as plain:
        key = str(plain.home) + ".key"
        made = dispatch(plain, "vault.init", InitRequest("file", key))
        assert (made.store, made.opens_with) == ("file", ("file",))
        assert dispatch(plain, "vault.unlock", UnlockRequest()) == made


def test_the_status_of_a_vault_opens_nothing(warehouse: Session) -> None:
    warehouse.close()
    found = dispatch(warehouse, "vault.status", StatusRequest())
    assert (found.store, found.reason, found.secrets, found.unfinished) == ("file", "it was asked for", 1, 0)
    assert (found.opens_with, found.recovery_codes, found.moving_from) == (("file",), 0, None)
    assert found.keychain.description
