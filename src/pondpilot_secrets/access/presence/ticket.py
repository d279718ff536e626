"""The ticket that says somebody has confirmed a moment ago, so that they are not asked again at once.

It is one line of text that anybody may read and only the holder of the vault's key can write:

    v1 BOOT MOMENT SESSION MAC

the id of this boot (`-` where the system has none), the moment in nanoseconds on the clock that counts from it, the session
that it is for, and HMAC-SHA256 over a label and all that stands before, in hexadecimal. The wall clock has no part in it: it
can be set back.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.access.boot_clock import nanoseconds_since_boot
from pondpilot_secrets.access.presence.processes import start_time

if TYPE_CHECKING:
    from pondpilot_secrets.secure import SecureString

_LABEL = b"pondpilot-secrets presence ticket v1\n"
_SECOND = 10**9


@dataclass(frozen=True, slots=True)
class TicketContext:
    """What a ticket is for: the boot, the nanoseconds since it, and the session. None of them holds a space."""

    boot: str
    moment: int
    session: str


def current_context() -> TicketContext:
    """Return where and when this process runs."""
    return TicketContext(_boot(), nanoseconds_since_boot(), _session())


def issue_ticket(key: SecureString, context: TicketContext) -> str:
    """Return the ticket for somebody who confirmed in this context."""
    text = f"v1 {context.boot} {context.moment} {context.session}"
    return f"{text} {_mac(key, text)}"


def age_of_ticket(ticket: str | None, key: SecureString, context: TicketContext) -> float | None:
    """Return the ticket's age in seconds, or None for one that is not valid in this context.

    That is one that was not issued with this key, one of another boot or session, and one from the future.
    """
    import hmac

    text, _, mac = (ticket or "").rpartition(" ")
    if not hmac.compare_digest(_mac(key, text).encode(), mac.encode(errors="replace")):
        return None
    _, boot, moment, session = text.split(" ")
    if (boot, session) != (context.boot, context.session) or int(moment) > context.moment:
        return None
    return (context.moment - int(moment)) / _SECOND


def _mac(key: SecureString, text: str) -> str:
    import hashlib
    import hmac

    with key.exposed() as exposed:
        return hmac.digest(exposed, _LABEL + text.encode(errors="replace"), hashlib.sha256).hex()


def _boot() -> str:
    try:
        with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123 - pathlib costs 4 ms
            return file.read().strip() or "-"
    except (OSError, ValueError) as error:
        log.debug("access", "this system does not name its boot: %s", error)
        return "-"


def _session() -> str:
    """Return the user and the session of processes, which is one terminal as a rule.

    Its number is given out again when it has ended, so its start is part of it where the system tells.
    """
    if sys.platform == "win32":
        return "0:0:0"
    session = os.getsid(0)
    return f"{os.getuid()}:{session}:{start_time(session)}"
