"""Recovery codes: made, used once, and void when there are newer ones."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.recovery_codes import MakeCodesRequest, UseCodeRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.reveal import RevealRequest
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.errors import DecryptionFailedError, UsageError
from pondpilot_secrets.secure import SecureString
from tests.commands.requests import later


def test_a_code_opens_the_vault_once_and_gives_it_new_keys(warehouse: Session) -> None:
    codes = dispatch(warehouse, "vault.recovery_codes", MakeCodesRequest(3)).codes
    key = f"{warehouse.home}.key"
    with later(warehouse) as session:
        result = dispatch(session, "vault.use_recovery_code", UseCodeRequest(codes[0], key, drop=("file",)))
        assert (result.opens_with, result.codes_left) == (("file",), 2)
    with later(warehouse) as session:
        with dispatch(session, "reveal", RevealRequest("warehouse", "password")).value as value:
            assert value.expose() == "marker-password"
        with pytest.raises(DecryptionFailedError):
            dispatch(session, "vault.use_recovery_code", UseCodeRequest(codes[0], key))
    for code in codes:
        code.close()


def test_codes_can_all_be_made_void_and_a_typo_is_told(warehouse: Session) -> None:
    (code,) = dispatch(warehouse, "vault.recovery_codes", MakeCodesRequest(1)).codes
    assert dispatch(warehouse, "vault.recovery_codes", MakeCodesRequest(0)).codes == ()
    with pytest.raises(DecryptionFailedError):
        dispatch(warehouse, "vault.use_recovery_code", UseCodeRequest(code, "x.key"))
    with pytest.raises(UsageError):
        dispatch(warehouse, "vault.use_recovery_code", UseCodeRequest(SecureString("nonsense"), "x.key"))
    code.close()
