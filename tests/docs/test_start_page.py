"""The five minutes of the start page go as written: each command, typed on a terminal, prints what the page shows."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.docs.pages import DOCUMENTED_PORT, blocks, text_of
from tests.interfaces.cli.pond import Pond

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPED = {
    "pond add http orders --scope": "tok-654321\r",
    "pond edit orders": "tok-123456\r",
    "pond rm orders": "y\r",
}
"""What is typed at the prompt of a command that begins like this; the page says so."""

NOT_RUN = {"pond exec warehouse": "needs the PostgreSQL server that the reader may have"}

VARYING = [
    (r"\b\d+ ms\b", "N ms"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\+00:00)?", "MOMENT"),
    (r"folder +\S+", "folder"),
    (r"^pond \d\S+", "pond VERSION"),
    (r"[ ─]+", " "),
]
"""What differs from one run to the next."""


class Step(NamedTuple):
    """A command, and the lines that the page shows under it."""

    line: str
    shown: list[str]


def steps() -> Iterator[Step]:
    for block in blocks(text_of("start.md"), "console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *shown = part.splitlines()
            yield Step(line, shown)


def pond_steps() -> list[Step]:
    return [step for step in steps() if step.line.startswith("pond ")]


def same_everywhere(line: str) -> str:
    for varying, constant in VARYING:
        line = re.sub(varying, constant, line)
    return line.strip()


@pytest.fixture
def pond(tmp_path: Path) -> Iterator[Pond]:
    pond = Pond(tmp_path, {"COLUMNS": "200", "NO_COLOR": "1"})
    yield pond
    pond.close()


@pytest.mark.slow
def test_every_step_prints_what_the_page_shows(pond: Pond, server_port: str) -> None:
    run = 0
    for step in pond_steps():
        if any(step.line.startswith(begin) for begin in NOT_RUN):
            continue
        screen = screen_of(pond, step.line.replace(DOCUMENTED_PORT, server_port)).replace(server_port, DOCUMENTED_PORT)
        seen = {same_everywhere(line) for line in screen.splitlines()}
        missing = [line for line in step.shown if same_everywhere(line) not in seen]
        assert missing == [], f"`{step.line}` printed:\n{screen}"
        run += 1
    assert run > 10


def screen_of(pond: Pond, line: str) -> str:
    """Type a command on a terminal, answer it, and return what stands there at its end."""
    terminal = pond.terminal(*shlex.split(line)[1:])
    answer = next((typed for begin, typed in TYPED.items() if line.startswith(begin)), None)
    if answer is not None:
        terminal.wait_for(": ").type(answer)
    terminal.end()
    return terminal.screen.replace("\r\n", "\n")


def test_every_answer_is_for_a_step_of_the_page() -> None:
    lines = [step.line for step in pond_steps()]
    assert all(any(line.startswith(begin) for line in lines) for begin in [*TYPED, *NOT_RUN])
