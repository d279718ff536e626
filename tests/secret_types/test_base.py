"""The contract of a type: its providers by name, and parameters that wipe what was made for them."""

from __future__ import annotations

import pytest

from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import Parameters
from pondpilot_secrets.secure import SecureString


def test_the_first_provider_is_the_default() -> None:
    s3 = registry.get("s3")
    assert s3.provider(None) is s3.providers[0]
    assert s3.provider("credential_chain").name == "credential_chain"
    with pytest.raises(KeyError):
        s3.provider("nobody")


def test_parameters_wipe_their_own_values_and_no_others() -> None:
    given = SecureString("of the caller")
    with Parameters() as parameters:
        made = parameters.own(SecureString("made"))
        parameters.values |= {"a": given, "b": made}
    assert made.closed
    assert not given.closed


def test_they_are_wiped_after_an_error_too() -> None:
    parameters = Parameters()
    made = parameters.own(SecureString("made"))
    with pytest.raises(ValueError, match="inside"), parameters:
        raise ValueError("inside")
    assert made.closed
