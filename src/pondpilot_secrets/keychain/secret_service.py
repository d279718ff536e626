"""The keychain of a Linux session: GNOME Keyring, KWallet or KeePassXC, over the Secret Service API.

keyring-rs would do the same calls, but it stops the whole interpreter while it waits, two seconds for each call to
a keychain that is frozen and without end for a prompt; `docs/decisions/own-secret-service.md` has the figures.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from pondpilot_secrets.errors import (
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    SecretError,
)
from pondpilot_secrets.keychain.base import CALL_DEADLINE, PROMPT_DEADLINE, KeychainStatus
from pondpilot_secrets.keychain.system_errors import (
    UNLOCK_COMMAND,
    BrokenConnectionError,
    NoKeyringError,
    ObjectGoneError,
    no_keyring,
    stopped,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pondpilot_secrets.keychain.base import Payload
    from pondpilot_secrets.keychain.secret_service_calls import SecretServiceCalls

DESCRIPTION = "the Secret Service of this session (GNOME Keyring, KWallet or KeePassXC)"

COOLDOWN, PROBE_DEADLINE = 1.0, 0.25
"""Seconds after a deadline was missed for which a keychain must show quickly that it answers again, and how quickly.

One that broke off and did not come back is not tried again and again for as long either."""

Answer = TypeVar("Answer")


class SecretServiceKeychain:
    """Items under the design's service name, one per account. Safe between threads, which wait for each other.

    Nobody is asked whether the keychain is unlocked: what says that it is locked is unlocked, and done again.
    """

    name = "system"

    def __init__(self, *, call_deadline: float = CALL_DEADLINE, prompt_deadline: float = PROMPT_DEADLINE) -> None:
        """Take the deadlines in seconds; the first call connects."""
        self._call_deadline, self._prompt_deadline = call_deadline, prompt_deadline
        self._calls: SecretServiceCalls | None = None
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._prompt_ends = 0.0
        self._cooldown_until = 0.0
        self._given_up_until = 0.0
        self._answered = False

    def get(self, account: str) -> bytearray:
        """Return the payload; see `KeychainProvider`."""
        found = self.get_many([account])
        if account not in found:
            raise CredentialMissingError(f"the keychain does not hold the item {account}")
        return found[account]

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads that exist, in one call for all."""
        return self._done(lambda calls: calls.get_many(accounts)) if accounts else {}

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload."""
        self._done(lambda calls: calls.set(account, payload))

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store payloads one after another: keychains have no transactions."""
        for account, payload in payloads.items():
            self.set(account, payload)

    def delete(self, account: str) -> None:
        """Remove the payload."""
        self._done(lambda calls: calls.delete(account))

    def list_accounts(self) -> list[str]:
        """Return every account of our service."""
        return self._done(lambda calls: calls.list_accounts(), unlocking=False)

    def status(self) -> KeychainStatus:
        """Say whether the keychain answers and is unlocked, without a prompt."""
        try:
            locked = self._done(lambda calls: calls.locked(), unlocking=False)
        except KeychainLockedError as error:
            return KeychainStatus(True, True, DESCRIPTION, error.message, error.hint)
        except SecretError as error:
            return KeychainStatus(False, False, DESCRIPTION, error.message, error.hint)
        if locked:
            hint = f"`pond vault unlock` asks for its password; without a display {UNLOCK_COMMAND}"
            return KeychainStatus(True, True, DESCRIPTION, "its password is needed", hint)
        return KeychainStatus(True, False, DESCRIPTION)

    def unlock(self) -> None:
        """Unlock, asking whoever must be asked; raises `PromptDismissedError`, `PromptTimeoutError`."""
        self._done(lambda calls: calls.refuse_locked())

    def close(self) -> None:
        """Let go of the connection; another call would make a new one."""
        with self._lock:
            self._drop()

    # --- one operation: a turn among the threads, a deadline, the locked, the broken ---

    def _done(self, ask: Callable[[SecretServiceCalls], Answer], *, unlocking: bool = True) -> Answer:
        """Carry out an operation within its deadline; again where the connection broke, as all of them may be repeated."""
        end = time.monotonic() + self._call_deadline

        def once() -> Answer:
            return self._once(ask, unlocking, max(0.05, end - time.monotonic()))

        try:
            try:
                return once()
            except SecretError as error:
                if not self._is_transient(error) or time.monotonic() < self._given_up_until:
                    raise
            from pondpilot_secrets.keychain.retry import retry

            return retry(once, self._is_transient, end - time.monotonic())
        except SecretError as error:
            if self._is_transient(error):
                self._given_up_until = time.monotonic() + COOLDOWN
            if self._answered and isinstance(error, PlatformNotSupportedError):
                raise stopped() from None
            raise

    def _is_transient(self, error: Exception) -> bool:
        """Whether a keychain went away: it broke off, or is not there though it answered before."""
        away = isinstance(error, (PlatformNotSupportedError, NoKeyringError))
        return isinstance(error, BrokenConnectionError) or (self._answered and away)

    def _once(self, ask: Callable[[SecretServiceCalls], Answer], unlocking: bool, seconds: float) -> Answer:
        with self._turn(seconds):
            try:
                answer = self._unlocked(ask, unlocking, seconds)
            except (KeychainUnavailableError, PlatformNotSupportedError, NoKeyringError) as error:
                if isinstance(error, KeychainUnavailableError) and error.timed_out:
                    self._cooldown_until = time.monotonic() + COOLDOWN
                self._drop()
                raise
            except SecretError:
                raise
            except BaseException:  # interrupted: a reply may be half read
                self._drop()
                raise
            self._answered = True
            return answer

    def _unlocked(self, ask: Callable[[SecretServiceCalls], Answer], unlocking: bool, seconds: float) -> Answer:
        try:
            calls = self._connected(seconds)
            try:
                return ask(calls)
            except NoKeyringError:
                raise
            except KeychainLockedError:
                if not unlocking:
                    raise
            calls.unlock()
            return ask(calls)
        except ObjectGoneError:
            raise no_keyring() from None

    @contextlib.contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        """Wait for other threads: as long as a call may take, or while somebody answers the prompt of one of them."""
        if self._process != os.getpid():  # a forked child must not speak on its parent's connection
            self._process, self._lock = os.getpid(), threading.Lock()
            self._drop()
        while not self._lock.acquire(timeout=seconds):
            if time.monotonic() > self._prompt_ends:
                raise KeychainUnavailableError("the keychain did not answer another thread either", timed_out=True)
        try:
            yield
        finally:
            self._lock.release()

    def _connected(self, seconds: float) -> SecretServiceCalls:
        cooling_down = time.monotonic() < self._cooldown_until
        first = min(seconds, PROBE_DEADLINE) if cooling_down else seconds
        if self._calls is None:
            from pondpilot_secrets.keychain.secret_service_calls import SecretServiceCalls

            self._calls = SecretServiceCalls(first, self._asking, self._asked)
        calls = self._calls
        calls.bus.allow(first)
        if cooling_down:
            calls.locked()
            self._cooldown_until = 0.0
            calls.bus.allow(seconds)
        return calls

    def _asking(self) -> float:
        self._prompt_ends = time.monotonic() + self._prompt_deadline
        return self._prompt_deadline

    def _asked(self) -> None:
        self._prompt_ends = 0.0
        if self._calls is not None:
            self._calls.bus.allow(self._call_deadline)

    def _drop(self) -> None:
        calls, self._calls = self._calls, None
        if calls is not None:
            calls.close()
