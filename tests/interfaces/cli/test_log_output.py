"""`pond --debug`: what was suppressed, retried or recovered, on standard error with times, and never a value."""

from __future__ import annotations

import io
import logging
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pondpilot_secrets import log
from pondpilot_secrets.interfaces.cli import log_output
from tests.interfaces.cli.pond import PROGRAM, Pond


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """The product's logger, as it was afterwards."""
    logger = logging.getLogger(log.ROOT)
    before = list(logger.handlers), logger.level, logger.propagate
    logger.handlers.clear()
    yield logger
    logger.handlers[:], logger.level, logger.propagate = before


def test_a_line_has_its_time_level_and_package_and_cannot_steer_a_terminal(
    logger: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    log_output.show_log()
    log_output.show_log()
    log.debug("vault", "tried %s", "again\x1b[31m\n")
    line = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} DEBUG pondpilot_secrets\.vault: tried again\\x1b\[31m\\n\n"
    assert re.fullmatch(line, stream.getvalue())


BROKEN_CHECK = """
import pondpilot_secrets.commands.checks.machine as machine
def program(session):
    raise RuntimeError("marker-word")
    yield
machine.program = program
"""


@pytest.mark.parametrize("words", [("--debug", "doctor"), ("doctor", "--debug")])
def test_it_is_shown_before_and_after_the_command_and_not_without(pond: Pond, words: tuple[str, ...]) -> None:
    (pond.folder / "sitecustomize.py").write_text(BROKEN_CHECK)
    shown = pond(*words, PYTHONPATH=str(pond.folder))
    assert "DEBUG pondpilot_secrets.commands: the check of program failed: RuntimeError" in shown.err
    assert "marker-word" not in shown.err + shown.out
    assert pond("doctor", PYTHONPATH=str(pond.folder)).err == ""


def test_without_it_logging_is_not_imported(warehouse: Pond) -> None:
    for words, shown in ((("ls",), False), (("ls", "--debug"), True), (("reveal", "warehouse", "user"), False)):
        done = subprocess.run(
            [sys.executable, "-X", "importtime", PROGRAM, *words],
            capture_output=True,
            text=True,
            env=warehouse.environment(),
            check=True,
        )
        modules = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
        assert ("logging" in modules) is shown
