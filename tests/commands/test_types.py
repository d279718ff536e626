"""Secret types as plain data."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.types import TypesRequest
from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import SecretType


@pytest.mark.parametrize("secret_type", registry.all_types(), ids=lambda each: each.name)
def test_a_type_is_described_with_all_of_its_fields(session: Session, secret_type: SecretType) -> None:
    (info,) = dispatch(session, "types", TypesRequest(secret_type.name)).types
    assert (info.name, info.label, info.scope_required) == (
        secret_type.name,
        secret_type.label,
        secret_type.scope_required,
    )
    for provider, described in zip(secret_type.providers, info.providers, strict=True):
        assert described.name == provider.name
        assert [field.name for field in described.fields] == [field.name for field in provider.fields]
        assert [field.sensitive for field in described.fields] == [field.sensitive for field in provider.fields]


def test_all_types_are_described_or_one_by_its_alias(session: Session) -> None:
    assert len(dispatch(session, "types", TypesRequest()).types) == len(registry.all_types())
    assert dispatch(session, "types", TypesRequest("pg")).types[0].name == "postgres"
    with pytest.raises(InvalidCredentialsError):
        dispatch(session, "types", TypesRequest("oracle"))
