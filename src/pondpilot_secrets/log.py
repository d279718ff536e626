"""The log: what was suppressed, retried, fallen back on or recovered, under `pondpilot_secrets.*`, and never a value.

A program that wants to see it sets up `logging` as usual; `pond --debug` shows it on standard error.
"""

from __future__ import annotations

import sys

ROOT = "pondpilot_secrets"


def debug(package: str, message: str, *arguments: object) -> None:
    """Log under `pondpilot_secrets.{package}`; the message takes its arguments by `%`."""
    _log("debug", package, message, arguments)


def info(package: str, message: str, *arguments: object) -> None:
    """Log what somebody who looks after a vault wants to know: that a crash was recovered from, say."""
    _log("info", package, message, arguments)


def _log(level: str, package: str, message: str, arguments: tuple[object, ...]) -> None:
    # Without `logging` imported nobody can be listening, and importing it takes `pond ls` 5 ms.
    logging = sys.modules.get("logging")
    if logging is not None:
        getattr(logging.getLogger(f"{ROOT}.{package}"), level)(message, *arguments)
