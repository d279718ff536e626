"""What DuckDB's shell is given: statements without a value, and the values as one JSON document."""

from __future__ import annotations

import json

from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.commands.session import Session
from pondpilot_secrets.commands.shell import ShellRequest


def test_the_values_are_in_the_document_and_not_in_the_statements(warehouse: Session) -> None:
    result = dispatch(warehouse, "shell", ShellRequest("/dev/fd/123", ("warehouse",)))
    with result.values as values:
        assert "marker-password" in json.loads(values.expose()).values()
    assert "read_text('/dev/fd/123')" in result.init_file
    assert "CREATE TEMPORARY SECRET" in result.init_file
    assert "READ_ONLY" in result.init_file
    assert "marker" not in result.init_file


def test_without_a_secret_the_shell_is_hardened_only(session: Session) -> None:
    result = dispatch(session, "shell", ShellRequest("/dev/fd/123"))
    with result.values as values:
        assert values.expose() == "{}"
    assert "allow_persistent_secrets" in result.init_file
