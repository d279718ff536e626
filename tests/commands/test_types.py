"""Secret types as plain data."""

from __future__ import annotations

import dataclasses

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
    alike = (
        "name",
        "label",
        "help",
        "aliases",
        "duckdb_type",
        "extensions",
        "scope_required",
        "default_scopes",
        "since",
    )
    assert [getattr(info, name) for name in alike] == [getattr(secret_type, name) for name in alike]
    assert (info.attachable, info.probe_kind) == (secret_type.attach is not None, secret_type.probe.kind.value)
    for provider, described in zip(secret_type.providers, info.providers, strict=True):
        assert described.name == provider.name
        for field, shown in zip(provider.fields, described.fields, strict=True):
            named = [each.name for each in dataclasses.fields(shown)]
            assert [getattr(shown, name) for name in named] == [getattr(field, name) for name in named]


def test_all_types_are_described_or_one_by_its_alias(session: Session) -> None:
    assert len(dispatch(session, "types", TypesRequest()).types) == len(registry.all_types())
    assert dispatch(session, "types", TypesRequest("pg")).types[0].name == "postgres"
    with pytest.raises(InvalidCredentialsError):
        dispatch(session, "types", TypesRequest("oracle"))
