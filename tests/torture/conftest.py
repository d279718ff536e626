"""Figures that the torture tests count, printed at the end of the run for the record."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Figure = Callable[[str], None]

_FIGURES: list[str] = []


@pytest.fixture
def figure() -> Figure:
    """Note a line for the end of the run: what was done, how often, and what came of it."""
    return _FIGURES.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _FIGURES:
        terminalreporter.section("torture")
        for line in _FIGURES:
            terminalreporter.line(line)
