"""Payloads kept in memory for a short while, for programs that open the same secrets again and again. Off unless asked for.

What is kept lies in protected memory and is wiped when its time is over, by a thread, whether or not anybody asks again. A
secret that was changed is never served from here, and nothing is once the keychain is locked.
"""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from pondpilot_secrets.secure import SecureString

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.models import SecretMetadata

LOCK_CHECK_INTERVAL = 1.0
"""Seconds for which the keychain is believed to be unlocked still."""


class PayloadCache:
    """Payloads by account, each for `seconds` from when it was read. Safe between threads."""

    def __init__(self, seconds: float, is_locked: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._is_locked = is_locked
        self._asked_at = float("-inf")
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, float, SecureString]] = {}
        self._timer: threading.Timer | None = None

    def get(self, metadata: SecretMetadata) -> bytearray | None:
        """Return a copy of a payload, which the caller wipes, or None when the keychain has to be asked."""
        if not self._kept or self._locked():
            return None
        with self._lock:
            revision, until, payload = self._kept.get(metadata.account, (0, 0.0, None))
            if payload is None or revision != metadata.revision or time.monotonic() >= until:
                return None
            with payload.exposed() as view:
                return bytearray(view)

    def put(self, metadata: SecretMetadata, payload: bytearray) -> None:
        """Keep a copy of a payload in the place of any older one."""
        until = time.monotonic() + self._seconds
        with self._lock:
            self._drop(metadata.account)
            self._kept[metadata.account] = (metadata.revision, until, SecureString(payload))
            if self._timer is None:
                self._wait(self._seconds)

    def clear(self) -> None:
        """Wipe everything."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            for account in list(self._kept):
                self._drop(account)

    def _locked(self) -> bool:
        now = time.monotonic()
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
        self._timer = threading.Timer(seconds, _sweep, [weakref.ref(self)])
        self._timer.daemon = True
        self._timer.start()

    def sweep(self) -> None:
        """Wipe what is over, and come back for the rest."""
        with self._lock:
            now = time.monotonic()
            for account in [account for account, (_, until, _payload) in self._kept.items() if until <= now]:
                self._drop(account)
            self._timer = None
            if self._kept:
                self._wait(max(0.0, min(until for _, until, _payload in self._kept.values()) - now))


def _sweep(cache: weakref.ref[PayloadCache]) -> None:
    """Sweep a cache that is still there: the timer must not be what keeps it alive."""
    found = cache()
    if found is not None:
        found.sweep()
