"""Checks of this machine: the program, its clock, and the ways of asking if the person is there."""

from __future__ import annotations

import platform
import sys
import time
from typing import TYPE_CHECKING

from pondpilot_secrets._version import __version__
from pondpilot_secrets.commands.checks.outcome import CheckOutcome, Health

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pondpilot_secrets.commands.session import Session

BUILT = 1_790_000_000
"""A moment in September 2026 (Unix time): a clock before it is wrong."""

FUTURE = 60.0
"""Seconds that the vault may have been written ahead of the clock."""


def program(session: Session) -> Iterator[CheckOutcome]:
    """Is this a version of Python that pond is tested with?"""
    del session
    python = f"Python {platform.python_version()}"
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        yield CheckOutcome("program", Health.OK, f"pond {__version__}, {python}, {platform.platform(terse=True)}")
    else:
        yield CheckOutcome(
            "program", Health.WARNING, f"pond {__version__} is not tested with {python}", "use 3.11, 3.12 or 3.13"
        )


def clock(session: Session, now: float | None = None) -> Iterator[CheckOutcome]:
    """Is it right, as far as can be known without a network? Wrong clocks break signatures, TLS and expiry."""
    now = time.time() if now is None else now
    written = session.settings.home / "metadata.db"
    ahead = written.stat().st_mtime - now if written.exists() else 0.0
    today = time.strftime("%Y-%m-%d %H:%M", time.localtime(now))
    if now < BUILT or ahead > FUTURE:
        message = f"the system clock ({today}) is in the past"
        yield CheckOutcome("clock", Health.BROKEN, message, "set the clock; S3 and TLS need it")
    else:
        yield CheckOutcome("clock", Health.OK, today)


def presence(session: Session) -> Iterator[CheckOutcome]:
    """Would the person be asked before a value is shown? Found out without opening the store."""
    from pondpilot_secrets.access.presence import platform_checks

    del session
    for way in platform_checks.presence_checks():
        status = way.available()
        if status.available:
            yield CheckOutcome("presence", Health.OK, f"{status.description} asks before a value is shown")
        else:
            yield CheckOutcome("presence", Health.OK, f"{way.name} cannot ask: {status.reason}", status.hint)
