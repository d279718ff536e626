"""The keychain of a session on Linux and the BSDs: GNOME Keyring, KWallet or KeePassXC, over the Secret Service API.

keyring-rs would do the same calls, but it stops the whole interpreter while it waits, two seconds for each call to
a keychain that is frozen and without end for a prompt; `docs/decisions/own-secret-service.md` has the figures.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from pondpilot_secrets import log
from pondpilot_secrets.errors import (
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PlatformNotSupportedError,
    SecretError,
)
from pondpilot_secrets.keychain import secret_service_errors as errors
from pondpilot_secrets.keychain.base import CALL_DEADLINE, PROMPT_DEADLINE, KeychainStatus
from pondpilot_secrets.keychain.bus import ObjectGoneError
from pondpilot_secrets.keychain.retry import retry
from pondpilot_secrets.keychain.secret_service_client import SecretServiceClient
from pondpilot_secrets.keychain.secret_service_errors import BrokenConnectionError, NoCollectionError
from pondpilot_secrets.keychain.secret_service_programs import UNKNOWN, Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from pondpilot_secrets.keychain.base import Payload

DESCRIPTION = "the Secret Service of this session"
"""What a keychain is called of which nobody knows which program it is."""

COOLDOWN, PROBE_DEADLINE = 1.0, 0.25
"""Seconds after a deadline was missed for which a keychain must show quickly that it answers again, and how quickly.

One that broke off and did not come back is not tried again and again for as long either."""

Answer = TypeVar("Answer")
Connect: TypeAlias = (
    "Callable[[float, Callable[[], float], Callable[[], None], Callable[[Program], None]], SecretServiceClient]"
)


class SecretServiceKeychain:
    """Items under the design's service name, one per account. Safe between threads, which wait for each other.

    Nobody is asked whether the keychain is unlocked: what says that it is locked is unlocked, and done again.
    """

    name = "system"

    def __init__(
        self,
        *,
        call_deadline: float = CALL_DEADLINE,
        prompt_deadline: float = PROMPT_DEADLINE,
        connect: Connect | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        """Take the deadlines in seconds; the first call connects. The rest is for tests: a client, a clock, its sleep."""
        self._call_deadline, self._prompt_deadline = call_deadline, prompt_deadline
        self._connect, self._clock, self._sleep = connect or SecretServiceClient, clock, sleep
        self._client: SecretServiceClient | None = None
        self._program = UNKNOWN
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
            raise CredentialMissingError(f"{self._program.label} does not hold the item {account}")
        return found[account]

    def get_many(self, accounts: Sequence[str]) -> dict[str, bytearray]:
        """Return the payloads that exist, in one call for all."""
        return self._perform(lambda client: client.get_many(accounts)) if accounts else {}

    def set(self, account: str, payload: Payload) -> None:
        """Store the payload."""
        self._perform(lambda client: client.set(account, payload), creating=True)

    def set_many(self, payloads: Mapping[str, Payload]) -> None:
        """Store payloads one after another: keychains have no transactions."""
        for account, payload in payloads.items():
            self.set(account, payload)

    def delete(self, account: str) -> None:
        """Remove the payload."""
        self._perform(lambda client: client.delete(account))

    def list_accounts(self) -> list[str]:
        """Return every account of our service."""
        return self._perform(lambda client: client.list_accounts(), unlocking=False)

    def status(self) -> KeychainStatus:
        """Say whether the keychain answers and is unlocked, without a prompt."""
        try:
            locked = self._perform(lambda client: client.locked(), unlocking=False)
        except KeychainLockedError as error:
            return KeychainStatus(True, True, self._description, error.message, error.hint)
        except SecretError as error:
            return KeychainStatus(False, False, self._description, error.message, error.hint)
        if locked:
            hint = f"`pond vault unlock` asks for its password; without a display {self._program.unlock}"
            return KeychainStatus(True, True, self._description, "its password is needed", hint)
        return KeychainStatus(True, False, self._description)

    def unlock(self) -> None:
        """Unlock, asking the person; has a collection made where there is none.

        Raises `PromptDismissedError`, `PromptTimeoutError`.
        """
        self._perform(lambda client: client.refuse_locked(), creating=True)

    def close(self) -> None:
        """Close the connection; another call would make a new one."""
        with self._lock:
            self._drop()

    @property
    def _description(self) -> str:
        return DESCRIPTION if self._program is UNKNOWN else self._program.label

    # --- one operation: a turn among the threads, a deadline, the locked, the broken ---

    def _perform(
        self, operation: Callable[[SecretServiceClient], Answer], *, unlocking: bool = True, creating: bool = False
    ) -> Answer:
        """Carry out an operation within its deadline; again where the connection broke, as all of them may be repeated.

        `unlocking` is whether a person may be asked to unlock, `creating` whether to have a collection made.
        """
        end = self._clock() + self._call_deadline

        def attempt() -> Answer:
            return self._attempt(operation, unlocking, creating, max(0.05, end - self._clock()))

        try:
            try:
                return attempt()
            except SecretError as error:
                if not self._is_transient(error) or self._clock() < self._given_up_until:
                    raise
                log.debug("keychain", "%s went away: %s", self._program.label, error.message)
            return retry(attempt, self._is_transient, end - self._clock(), clock=self._clock, sleep=self._sleep)
        except SecretError as error:
            if self._is_transient(error):
                self._given_up_until = self._clock() + COOLDOWN
            if self._answered and isinstance(error, PlatformNotSupportedError):
                raise errors.stopped(self._program) from None
            raise

    def _is_transient(self, error: Exception) -> bool:
        """Whether a keychain went away: it broke off, or is not there though it answered before."""
        away = isinstance(error, (PlatformNotSupportedError, NoCollectionError))
        return isinstance(error, BrokenConnectionError) or (self._answered and away)

    def _attempt(
        self, operation: Callable[[SecretServiceClient], Answer], unlocking: bool, creating: bool, seconds: float
    ) -> Answer:
        with self._turn(seconds):
            try:
                answer = self._opened(operation, unlocking, creating, seconds)
            except (KeychainUnavailableError, PlatformNotSupportedError, NoCollectionError) as error:
                if isinstance(error, KeychainUnavailableError) and error.timed_out:
                    self._cooldown_until = self._clock() + COOLDOWN
                    log.debug("keychain", "%s did not answer within %.2g s", self._program.label, seconds)
                self._drop()
                raise
            except SecretError:
                raise
            except BaseException:  # interrupted: a reply may be half read
                self._drop()
                raise
            self._answered = True
            return answer

    def _opened(
        self, operation: Callable[[SecretServiceClient], Answer], unlocking: bool, creating: bool, seconds: float
    ) -> Answer:
        """Carry out an operation, unlocking or making the collection first where it says that this is what it needs."""
        client = self._connected(seconds)
        try:
            try:
                return operation(client)
            except NoCollectionError:
                raise
            except KeychainLockedError:
                if not unlocking:
                    raise
                client.unlock()
            except ObjectGoneError:
                # One that answered before has a collection, and is only starting again.
                if not creating or self._answered or client.has_collection():
                    raise
                log.info("keychain", "%s has no default collection: asking for one", self._program.label)
                client.create_collection()
            return operation(client)
        except ObjectGoneError:
            raise errors.no_collection(self._program) from None

    @contextlib.contextmanager
    def _turn(self, seconds: float) -> Iterator[None]:
        """Wait for other threads: as long as a call may take, or while somebody answers the prompt of one of them."""
        if self._process != os.getpid():  # a forked child must not speak on its parent's connection
            self._process, self._lock = os.getpid(), threading.Lock()
            self._drop()
        while not self._lock.acquire(timeout=seconds):
            if self._clock() > self._prompt_ends:
                raise KeychainUnavailableError(
                    f"{self._program.label} did not answer another thread either", timed_out=True
                )
        try:
            yield
        finally:
            self._lock.release()

    def _connected(self, seconds: float) -> SecretServiceClient:
        cooling_down = self._clock() < self._cooldown_until
        first = min(seconds, PROBE_DEADLINE) if cooling_down else seconds
        if self._client is None:
            self._client = self._connect(first, self._on_prompt, self._on_answer, self._on_program)
        client = self._client
        client.bus.allow(first)
        if cooling_down:
            client.locked()
            self._cooldown_until = 0.0
            client.bus.allow(seconds)
        return client

    def _on_program(self, program: Program) -> None:
        self._program = program

    def _on_prompt(self) -> float:
        self._prompt_ends = self._clock() + self._prompt_deadline
        return self._prompt_deadline

    def _on_answer(self) -> None:
        self._prompt_ends = 0.0
        if self._client is not None:
            self._client.bus.allow(self._call_deadline)

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
