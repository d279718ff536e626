"""`pond --debug`: the log of `pondpilot_secrets.*` on standard error, with times; without it `logging` is not imported."""

from __future__ import annotations

import logging
import sys

from pondpilot_secrets.interfaces.cli.output import escape_text
from pondpilot_secrets.log import ROOT


class LineFormatter(logging.Formatter):
    """One line for each record, in which nothing can steer a terminal."""

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return escape_text(super().format(record))


def show_log() -> None:
    """Write what is logged from now on to standard error; calling it again does nothing."""
    logger = logging.getLogger(ROOT)
    if any(isinstance(handler.formatter, LineFormatter) for handler in logger.handlers):
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
