"""A type's fields as text."""

from __future__ import annotations

import pytest

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.types import TypeInfo, TypesRequest
from pondpilot_secrets.interfaces.cli.type_help import type_help


def types() -> tuple[TypeInfo, ...]:
    return dispatch(Session(), "types", TypesRequest()).types


@pytest.mark.parametrize("secret_type", types(), ids=lambda each: each.name)
def test_every_provider_and_field_is_there(secret_type: TypeInfo) -> None:
    text = type_help(secret_type)
    assert text.startswith(f"pond add {secret_type.name} NAME")
    lines = text.splitlines()
    for provider in secret_type.providers:
        assert len(secret_type.providers) == 1 or any(f"--provider {provider.name}" in line for line in lines)
        for field in provider.fields:
            assert any(line.strip().split()[:1] == [field.name] for line in lines)
    before_the_example = lines[: lines.index("Then:")] if "Then:" in lines else lines
    assert all(len(line) <= 88 for line in before_the_example if line.startswith("  "))


def test_what_a_field_asks_for_is_said() -> None:
    text = " ".join(type_help(next(each for each in types() if each.name == "mysql")).split())
    assert "password (sensitive; also " in text
    assert "ssl_mode (" in text
    assert "one of " in text


def test_a_scope_that_is_needed_is_said() -> None:
    assert "A scope is needed: --scope http" in type_help(next(each for each in types() if each.name == "http"))
