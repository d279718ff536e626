"""Changing the keys of an encrypted file."""

from __future__ import annotations

import dataclasses

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.rekey import RekeyRequest
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.secure import SecureString
from tests.commands.requests import later


def test_a_rekey_needs_a_key(warehouse: Session) -> None:
    with pytest.raises(UsageError, match="no new key"):
        dispatch(warehouse, "vault.rekey", RekeyRequest())
    with pytest.raises(UsageError, match="no new key"):  # nobody can be asked for one
        dispatch(warehouse, "vault.rekey", RekeyRequest(passphrase=True))


def test_a_new_passphrase_is_asked_for_and_opens_the_vault_then(warehouse: Session) -> None:
    asked: list[bool] = []

    def ask(new: bool) -> SecureString:
        asked.append(new)
        return SecureString("horse")

    with dataclasses.replace(warehouse, ask_passphrase=ask) as session:
        result = dispatch(session, "vault.rekey", RekeyRequest(passphrase=True))
    assert (result.items, result.opens_with, result.void_codes) == (1, ("passphrase",), 0)
    assert asked == [True]
    with later(warehouse, ask_passphrase=ask) as session:
        value = dispatch(session, "reveal", RevealRequest("warehouse", "password")).value
        assert value.expose() == "marker-password"
        value.close()
    assert asked == [True, False]
