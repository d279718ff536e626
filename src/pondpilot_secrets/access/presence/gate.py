"""The gate before a value is shown or exported: whether anybody is asked, and how long the answer holds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pondpilot_secrets import log
from pondpilot_secrets.access.presence.base import ANSWER_DEADLINE, NobodyToAskError
from pondpilot_secrets.access.presence.mode import NOBODY, OFF, WITHIN_GRACE, PresenceMode
from pondpilot_secrets.access.presence.ticket import TicketContext, age_of_ticket, current_context, issue_ticket

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pondpilot_secrets.access.presence.base import PresenceCheck, PresenceStatus
    from pondpilot_secrets.secure import SecureString


class TicketStore(Protocol):
    """Where the vault keeps its one ticket, for all processes that open it."""

    def get(self) -> str | None:
        """Return the text that was set last, or None."""
        ...

    def set(self, text: str | None) -> None:
        """Keep this text instead; None keeps nothing."""
        ...


@dataclass(frozen=True, slots=True)
class GateStatus:
    """What the gate would do now.

    Attributes:
        mode: whether this vault asks.
        grace: seconds that an answer holds; 0 when every time is asked.
        remaining: seconds that an answer given in this session still holds, or 0.
        checks: the ways of asking, in order: name and status.
        exempt: why nobody is asked whatever the mode says, or None.
    """

    mode: PresenceMode
    grace: float
    remaining: float
    checks: tuple[tuple[str, PresenceStatus], ...]
    exempt: str | None = None

    @property
    def asked(self) -> str | None:
        """The name of the way that would be asked first, or None when nobody would be asked."""
        if self.mode is PresenceMode.OFF or self.exempt is not None:
            return None
        return next((name for name, status in self.checks if status.available), None)


class PresenceGate:
    """Decides whether to ask, asks, and remembers the answer for this session. Safe between threads.

    Making one costs nothing: `checks` is called, and a ticket read, only when something is required.
    """

    def __init__(
        self,
        mode: PresenceMode | str,
        grace: float,
        tickets: TicketStore,
        key: SecureString,
        checks: Callable[[], Iterable[PresenceCheck]],
        *,
        exempt: str | None = None,
        deadline: float = ANSWER_DEADLINE,
        context: Callable[[], TicketContext] = current_context,
    ) -> None:
        """Keep what is given.

        Args:
            mode: on or off; whatever is not off is on, so that a setting that was damaged asks.
            grace: seconds that an answer holds; 0 or less asks each time.
            tickets: where the ticket is kept.
            key: the vault's audit key, which authenticates the ticket; borrowed, and never closed here.
            checks: gives the ways of asking in order, as `platform_checks` does.
            exempt: why nobody is asked in this opening of the vault (`opened with a key file`), or None.
            deadline: seconds that a person has for answering.
            context: gives the boot, the moment and the session; for tests.
        """
        self._mode = PresenceMode.OFF if mode == PresenceMode.OFF else PresenceMode.ON
        self._grace = max(0.0, grace)
        self._tickets = tickets
        self._key = key
        self._checks = checks
        self._exempt = exempt
        self._deadline = deadline
        self._context = context
        self._one_question = threading.Lock()

    def require(self, reason: str) -> str:
        """Return when the person is there, or when nobody needs to be asked, with a few words for the audit log.

        `reason` goes on after the word "to". Raises `PresenceRefusedError` (1024) when they did not confirm, or when this
        machine should be able to ask them and could not.
        """
        if self._mode is PresenceMode.OFF:
            return OFF
        if self._exempt is not None:
            return self._exempt
        with self._one_question:  # a second thread waits for the answer to the first one's question
            if self._remaining() > 0:
                return WITHIN_GRACE
            name = self._ask(reason)
            if name is None:
                log.debug("access", "nobody can be asked here, so nobody is")
                return NOBODY
            if self._grace > 0:
                self._tickets.set(issue_ticket(self._key, self._context()))
            return f"confirmed by {name}"

    def status(self) -> GateStatus:
        """Say what would happen now; meets each way of asking, and prompts nobody."""
        checks = tuple((check.name, check.available()) for check in self._checks())
        return GateStatus(self._mode, self._grace, self._remaining(), checks, self._exempt)

    def _remaining(self) -> float:
        since = age_of_ticket(self._tickets.get(), self._key, self._context())
        return 0.0 if since is None else max(0.0, self._grace - since)

    def _ask(self, reason: str) -> str | None:
        """Ask by the first way that can; returns its name, or None when this machine has none."""
        unasked: NobodyToAskError | None = None
        for check in self._checks():
            if not check.available().available:
                continue
            try:
                check.confirm(reason, self._deadline)
            except NobodyToAskError as error:
                log.debug("access", "%s could not ask, so the next way is tried: %s", check.name, error)
                unasked = error
                continue
            return check.name
        if unasked is not None:
            raise unasked
        return None
