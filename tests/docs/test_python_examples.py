"""Every example of the Python page runs, from top to bottom in one session, and every public call has one.

The vault is a new one in a temporary folder, DuckDB is real, and the server is the one of the start page, on a free port.
"""

from __future__ import annotations

import doctest
import re
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

import pondpilot_secrets
from pondpilot_secrets import SecretsManager, SecureString
from tests.docs.pages import CODE_FENCE, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = text_of("python.md")
PORT = "8765"


NEEDS_A_KEYCHAIN = "<!-- needs a keychain -->\n"
"""Stands before an example that needs a keychain, which runs by itself, where there is one."""


def blocks(language: str, text: str = PAGE, *, keychain: bool = False) -> list[str]:
    found = [fence for fence in CODE_FENCE.finditer(text) if fence["language"] == language]
    return [it["body"] for it in found if text[: it.start()].endswith(NEEDS_A_KEYCHAIN) == keychain]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The port of the start page's server, which runs as the page has it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    source = next(block for block in blocks("python", text_of("start.md")) if PORT in block)
    script = tmp_path / "server.py"
    script.write_text(source.replace(PORT, port))
    with subprocess.Popen([sys.executable, script], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(int(port))
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.02)
        else:
            return
    pytest.fail("the server of the start page does not answer")


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


@pytest.mark.usefixtures("session_folder")
def test_the_examples_run_in_one_session(server: str) -> None:
    assert run("\n".join(blocks("pycon")).replace(PORT, server), {}) > 50


@pytest.mark.usefixtures("session_folder", "keychain_environment")
def test_the_examples_that_need_a_keychain_run_over_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with SecretsManager.open() as vault:
        vault.init_vault()
        monkeypatch.delenv("POND_STORE")
        assert run("\n".join(blocks("pycon", keychain=True)), {"vault": vault}) > 0


def public_calls() -> list[str]:
    found = [f"SecretsManager.{name}" for name in vars(SecretsManager) if not name.startswith("_")]
    return found + [f"SecureString.{name}" for name in vars(SecureString) if not name.startswith("_")]


@pytest.mark.parametrize("call", public_calls())
def test_every_public_call_has_an_example(call: str) -> None:
    name = call.partition(".")[2]
    examples = "\n".join(blocks("pycon") + blocks("pycon", keychain=True))
    assert re.search(rf"\.{name}\b", examples)


@pytest.mark.parametrize("name", pondpilot_secrets.__all__)
def test_every_public_name_is_on_the_page_or_on_that_of_the_errors(name: str) -> None:
    assert re.search(rf"\b{name}\b", PAGE + text_of("errors.md"))
