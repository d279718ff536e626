"""Secrets of one type as a test writes them down: what becomes of their fields, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.injection import probe_reasons
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.secret_types import registry
from pondpilot_secrets.secret_types.base import AttachTarget
from pondpilot_secrets.secret_types.environment import environment_variables
from pondpilot_secrets.secret_types.mapping import create_parameters
from pondpilot_secrets.secret_types.validation import normalise, validate
from pondpilot_secrets.secure import SecureString


def secure(**fields: str) -> dict[str, SecureString]:
    return {name: SecureString(value) for name, value in fields.items()}


def parameters(
    name: str, provider: str | None = None, references: Mapping[str, str] | None = None, **given: object
) -> dict[str, object]:
    """What CREATE SECRET takes, as plain values."""
    secret_type = registry.get(name)
    fields = normalise(secret_type, secret_type.provider(provider), given)  # type: ignore[arg-type]
    with create_parameters(secret_type, provider, fields, references or {}) as made:
        return {parameter: plain(value) for parameter, value in made.values.items()}


def plain(value: object) -> object:
    if isinstance(value, SecureString):
        return value.expose()
    if isinstance(value, Mapping):
        return {name: plain(entry) for name, entry in value.items()}
    return value


def variables(name: str, **fields: str) -> dict[str, str]:
    """What `pond exec` sets."""
    made = environment_variables(registry.get(name), secure(**fields))
    return {variable: value.expose() for variable, value in made.items()}


def accepted(name: str, provider: str | None = None, **given: object) -> None:
    secret_type = registry.get(name)
    of_it = secret_type.provider(provider)
    validate(secret_type, of_it, normalise(secret_type, of_it, given))  # type: ignore[arg-type]


def refused(name: str, provider: str | None = None, **given: object) -> str | None:
    """The field that a refusal names; fails where nothing is refused."""
    with pytest.raises(InvalidCredentialsError) as caught:
        accepted(name, provider, **given)
    assert caught.value.code == 1003
    return caught.value.field


def target(name: str, duckdb_name: str = "my_name", **fields: str) -> AttachTarget:
    attach = registry.get(name).attach
    assert attach is not None
    return attach.target(duckdb_name, secure(**fields))


def meaning(name: str, error_text: str) -> TestReason:
    """What a connection test makes of an error text."""
    return probe_reasons.of_text(error_text, registry.get(name).probe.reasons)
