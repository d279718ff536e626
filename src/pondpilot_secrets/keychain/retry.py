"""Trying again where the keychain went away under a call, and nowhere else.

A daemon that is updated or that crashed is back within a second. Whoever is locked out, denied, dismissed, or met with
silence is told at once: asking again would only prompt again, or wait again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

TRIES = 4
FIRST_WAIT, LONGEST_WAIT, JITTER = 0.15, 0.6, 0.1
"""Seconds: at once, then after 0.15, 0.3 and 0.6, each up to 0.1 longer, so that many programs do not come at once."""


def again(call: Callable[[], Answer], transient: Callable[[Exception], bool], seconds: float) -> Answer:
    """Repeat a call that failed once and may be repeated; raises what its last try raises.

    Not begun later than `seconds` from now. `transient` says which errors are worth another try.
    """
    import logging

    import stamina  # not at the top: 30 ms that only a failure is worth

    # Each retry is logged for programs that keep a log; others would find it on their standard error.
    logger = logging.getLogger("stamina")
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    tries = stamina.retry_context(
        on=transient,
        attempts=TRIES,
        timeout=seconds,
        wait_initial=FIRST_WAIT,
        wait_max=LONGEST_WAIT,
        wait_jitter=JITTER,
        wait_exp_base=2,
    )
    for attempt in tries:
        with attempt:
            return call()
    raise AssertionError("a retry context ends with a return or an error")
