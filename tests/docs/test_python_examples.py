"""Every example of the Python page runs, from top to bottom in one session, and every public call has one.

The vault is a new one in a temporary folder, DuckDB is real, and the server is the one of the start page, on a free port.
"""

from __future__ import annotations

import doctest
import re
from typing import TYPE_CHECKING

import pytest

import pondpilot_secrets
from pondpilot_secrets import SecretsManager, SecureString
from tests.docs.pages import CODE_FENCE, DOCUMENTED_PORT, text_of

if TYPE_CHECKING:
    from pathlib import Path

PAGE = text_of("python.md")


NEEDS_A_KEYCHAIN = "<!-- needs a keychain -->\n"
"""Stands before an example that needs a keychain, which runs by itself, where there is one."""


def examples(*, keychain: bool = False) -> str:
    """All examples, but only those that need a keychain or only those that do not."""
    found = [fence for fence in CODE_FENCE.finditer(PAGE) if fence["language"] == "pycon"]
    return "\n".join(it["body"] for it in found if PAGE[: it.start()].endswith(NEEDS_A_KEYCHAIN) == keychain)


@pytest.fixture
def session_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the session's files, with an encrypted file as the vault's store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POND_HOME", str(tmp_path / "vault"))
    monkeypatch.setenv("POND_STORE", "file")
    monkeypatch.setenv("POND_KEY_FILE", str(tmp_path / "pond.key"))
    return tmp_path


def run(session: str, names: dict[str, object]) -> int:
    """Run the examples of a session; fails with what went wrong, and returns how many there were."""
    test = doctest.DocTestParser().get_doctest(session, names, "python.md", "python.md", 0)
    said: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    results = runner.run(test, out=said.append)
    assert results.failed == 0, "".join(said)
    return results.attempted


@pytest.mark.slow
@pytest.mark.usefixtures("session_folder")
def test_the_examples_run_in_one_session(server_port: str) -> None:
    assert run(examples().replace(DOCUMENTED_PORT, server_port), {}) > 50


@pytest.mark.usefixtures("session_folder", "keychain_environment")
def test_the_examples_that_need_a_keychain_run_over_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with SecretsManager.open() as vault:
        vault.init_vault()
        monkeypatch.delenv("POND_STORE")
        assert run(examples(keychain=True), {"vault": vault}) > 0


def public_calls() -> list[str]:
    classes = (SecretsManager, SecureString)
    return [f"{each.__name__}.{name}" for each in classes for name in dir(each) if not name.startswith("_")]


@pytest.mark.parametrize("call", public_calls())
def test_every_public_call_has_an_example(call: str) -> None:
    name = call.partition(".")[2]
    assert re.search(rf"\.{name}\b", examples() + examples(keychain=True))


@pytest.mark.parametrize("name", pondpilot_secrets.__all__)
def test_every_public_name_is_on_the_page_or_on_that_of_the_errors(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE + text_of("errors.md"))
