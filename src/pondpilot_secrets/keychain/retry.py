"""Trying again where the keychain went away under a call, and nowhere else.

A daemon that is updated or that crashed is back within a second. One that is locked, refuses, was dismissed or did not
answer in time is reported at once: asking again would only prompt again, or wait again.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, TypeVar

from pondpilot_secrets import log
from pondpilot_secrets.errors import SecretError

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

WAITS = (0.15, 0.3, 0.6)
"""Seconds before the second try and those that follow."""

JITTER = 0.1
"""Seconds that each wait is longer at most, so that many programs do not come at once."""


def retry(
    call: Callable[[], Answer],
    is_transient: Callable[[Exception], bool],
    seconds: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], object] = time.sleep,
) -> Answer:
    """Make a call, and repeat it as long as its error is transient; raises what its last try raises.

    There are four tries, none begun later than `seconds` from now.
    """
    end = clock() + seconds
    for number, wait in enumerate(WAITS, 1):
        try:
            return call()
        except SecretError as error:
            pause = wait + random.uniform(0, JITTER)  # noqa: S311 - no secret depends on it
            if not is_transient(error) or clock() + pause > end:
                raise
            log.debug("keychain", "try %d failed, next in %.2f s: %s", number, pause, error.message)
        sleep(pause)
    return call()
