"""Use cases take of one another what the composition hands them, so that a stand-in serves as well."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

from pondpilot_secrets import SecretCredentials, vault
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.errors import SecretNotFoundError
from pondpilot_secrets.redaction.redact import WITHHELD
from pondpilot_secrets.vault import ports
from pondpilot_secrets.vault.redactor import Redactor


def test_a_function_of_a_tests_own_stands_in_for_the_reader() -> None:
    def read(names: Sequence[str], action: Action) -> list[SecretCredentials]:
        raise SecretNotFoundError(f"there is no secret named {names[0]!r} for {action}")

    stand_in: ports.ReadSecrets = read
    redact: ports.Redact = Redactor(stand_in).redact
    assert redact("text", ["lake"]) == WITHHELD


def test_no_use_case_takes_a_whole_reader_or_redactor() -> None:
    """Those that read secrets take the function, and only the composition has the object."""
    folder = Path(vault.__file__).parent
    importing = {
        path.stem
        for path in folder.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        and node.module in (f"{vault.__name__}.secret_reader", f"{vault.__name__}.redactor")
    }
    assert importing == {"composition"}
