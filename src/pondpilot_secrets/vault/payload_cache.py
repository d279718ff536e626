"""Payloads kept in memory for a short while, for programs that open the same secrets again and again. Off unless asked for.

What is kept lies in protected memory and is wiped when its time is over, by a thread, whether or not anybody asks again. A
secret that was changed is never served from here, and nothing is once the keychain is locked.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING, Protocol

from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.models import SecretMetadata

LOCK_CHECK_INTERVAL = 1.0
"""Seconds for which the keychain is believed to be unlocked still."""


class Cancellable(Protocol):
    """A call that was put off."""

    def cancel(self) -> None:
        """Let it not happen, if it has not."""
        ...


def call_later(seconds: float, call: Callable[[], None]) -> Cancellable:
    """Make a call in so many seconds, in a thread that does not keep the process alive."""
    timer = threading.Timer(seconds, call)
    timer.daemon = True
    timer.start()
    return timer


class PayloadCache:
    """Payloads by account, each for `seconds` from when it was read. Safe between threads.

    `is_locked` asks the keychain. `clock` gives seconds, and `later` puts off the wiping of what is over.
    """

    def __init__(
        self,
        seconds: float,
        is_locked: Callable[[], bool],
        *,
        clock: Callable[[], float] = time.monotonic,
        later: Callable[[float, Callable[[], None]], Cancellable] = call_later,
    ) -> None:
        self._seconds = seconds
        self._is_locked = is_locked
        self._clock = clock
        self._later = later
        self._asked_at = float("-inf")
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, float, SecureString]] = {}
        self._waiting: Cancellable | None = None

    def get(self, metadata: SecretMetadata) -> bytearray | None:
        """Return a copy of a payload, which the caller wipes, or None when the keychain has to be asked."""
        if not self._kept or self._locked():
            return None
        with self._lock:
            revision, until, payload = self._kept.get(metadata.account, (0, 0.0, None))
            if payload is None or revision != metadata.revision or self._clock() >= until:
                return None
            with payload.exposed() as view:
                return bytearray(view)

    def put(self, metadata: SecretMetadata, payload: bytearray) -> None:
        """Keep a copy of a payload in the place of any older one."""
        until = self._clock() + self._seconds
        with self._lock:
            self._drop(metadata.account)
            self._kept[metadata.account] = (metadata.revision, until, SecureString(payload))
            if self._waiting is None:
                self._wait(self._seconds)

    def clear(self) -> None:
        """Wipe everything."""
        with self._lock:
            if self._waiting is not None:
                self._waiting.cancel()
                self._waiting = None
            for account in list(self._kept):
                self._drop(account)

    def _locked(self) -> bool:
        now = self._clock()
        if now < self._asked_at + LOCK_CHECK_INTERVAL:
            return False
        if self._is_locked():
            self.clear()
            return True
        self._asked_at = now
        return False

    def _drop(self, account: str) -> None:
        dropped = self._kept.pop(account, None)
        if dropped is not None:
            dropped[2].close()

    def _wait(self, seconds: float) -> None:
        cache = weakref.ref(self)  # the timer must not be what keeps it alive
        self._waiting = self._later(seconds, lambda: _sweep(cache))

    def sweep(self) -> None:
        """Wipe what is over, and come back for the rest."""
        with self._lock:
            now = self._clock()
            for account in [account for account, (_, until, _payload) in self._kept.items() if until <= now]:
                self._drop(account)
            self._waiting = None
            if self._kept:
                self._wait(max(0.0, min(until for _, until, _payload in self._kept.values()) - now))


def _sweep(cache: weakref.ref[PayloadCache]) -> None:
    """Sweep a cache that is still there."""
    found = cache()
    if found is not None:
        found.sweep()
