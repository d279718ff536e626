"""Figures that the torture tests count, printed at the end of the run for the record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.services.keyring_daemon import KeyringDaemon
    from tests.torture.place import Place

Figure = Callable[[str], None]

_FIGURES: list[str] = []


@pytest.fixture
def figure() -> Figure:
    """Note a line for the end of the run: what was done, how often, and what came of it."""
    return _FIGURES.append


@pytest.fixture
def place(secret_service: KeyringDaemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A vault with a few secrets on a gnome-keyring of its own."""
    from tests.torture.place import Place, lead_to

    lead_to(secret_service, monkeypatch)
    monkeypatch.setenv("POND_STORE", "system")
    made = Place(tmp_path)
    monkeypatch.delenv("POND_STORE")
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FIGURES:
        terminalreporter.section("torture")
        for line in _FIGURES:
            terminalreporter.line(line)
