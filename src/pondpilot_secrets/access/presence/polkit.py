"""Linux: polkit asks for the login password, a fingerprint, or whatever this system's PAM takes.

The interface is org.freedesktop.PolicyKit1.Authority on the system bus (polkit's D-Bus API reference). What follows from it:

- An action must be registered by an administrator, once, with the policy file beside this one.
- An unprivileged caller may ask about itself only, and may pass no details: the dialog shows the policy's text, and not
  which secret it is about. polkit answers `NotAuthorized` to one that tries.
- `is_challenge` in the answer to a call that allowed interaction means that no agent was there to ask; in a terminal we
  start one then (`terminal_agent`) and ask again. The detail `polkit.dismissed` means that somebody closed the dialog.
- root is always authorized, without a question, so root has nobody to ask here.
"""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

from pondpilot_secrets import log
from pondpilot_secrets.access.presence.base import (
    ANSWER_DEADLINE,
    PresenceStatus,
    UnansweredError,
    answer_rejected,
    cannot_ask,
    nobody_answered,
    question_dismissed,
)
from pondpilot_secrets.access.presence.policy import POLICY_FILE, POLICY_FOLDERS, policy_is_installed
from pondpilot_secrets.access.presence.processes import start_time
from pondpilot_secrets.errors import PresenceRefusedError
from pondpilot_secrets.keychain.base import CALL_DEADLINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pondpilot_secrets.errors import SecretError
    from pondpilot_secrets.keychain.bus import Bus, ErrorMap

ACTION = "io.pondpilot.secrets.reveal"

POLKIT = "org.freedesktop.PolicyKit1"
"""Its name on the system bus."""

_PATH, _AUTHORITY = (
    "/org/freedesktop/PolicyKit1/Authority",
    "org.freedesktop.PolicyKit1.Authority",
)
_ALLOW_USER_INTERACTION = 1
_DESCRIPTION = "polkit, which asks as this system's login does"
_ROOT = "polkit lets root pass without asking anybody"


class Polkit:
    """Asks through polkit on the system bus."""

    name = "polkit"

    def __init__(
        self,
        *,
        uid: int | None = None,
        call_deadline: float = CALL_DEADLINE,
        policy_folders: Sequence[str] = POLICY_FOLDERS,
        connect: Callable[[ErrorMap, float], Bus] | None = None,
    ) -> None:
        """Connect to nothing yet.

        Args:
            uid: who is asked, else who runs this.
            call_deadline: seconds that polkit has for answering where nobody is asked.
            policy_folders: where polkit reads policies.
            connect: gives another way to polkit than the system bus, with these errors and a deadline in seconds.
        """
        self._uid = _own_uid() if uid is None else uid
        self._call_deadline = call_deadline
        self._policy_folders = policy_folders
        self._connect = connect or _connect

    def available(self) -> PresenceStatus:
        """Say whether polkit knows our action, or should, as its policy is installed; never prompts and never raises."""
        if self._uid == 0:
            return PresenceStatus(False, _DESCRIPTION, _ROOT)
        try:
            with self._authority(_timed_out) as authority:
                (actions,) = authority.call(_PATH, _AUTHORITY, "EnumerateActions", "s", ("",))
        except PresenceRefusedError as error:
            # An installed policy says that somebody wants to be asked: a bus that is hidden from us must not open the vault.
            return PresenceStatus(policy_is_installed(self._policy_folders), _DESCRIPTION, error.message, error.hint)
        if not any(action[0] == ACTION for action in actions):
            return PresenceStatus(False, _DESCRIPTION, "polkit does not know our action yet", install_hint())
        return PresenceStatus(True, _DESCRIPTION)

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:  # noqa: ARG002 - see the module's text
        """Ask, and take the question back when nobody answers in time; see `PresenceCheck.confirm`."""
        if self._uid == 0:
            raise cannot_ask("polkit", _ROOT)
        answer = self._answer(deadline)
        if _has_no_agent(*answer):
            from pondpilot_secrets.access.presence.terminal_agent import agent_for_this_process

            with agent_for_this_process() as ready:
                answer = self._answer(deadline) if ready else answer
        _check(*answer)

    def _answer(self, deadline: float) -> tuple[bool, bool, dict[str, Any]]:
        """Put the question; returns whether authorized, whether nobody was there to ask, and details."""
        with self._authority(lambda seconds: nobody_answered("polkit", seconds)) as authority:
            question = os.urandom(16).hex()
            arguments: tuple[Any, ...] = (self._subject(), ACTION, {}, _ALLOW_USER_INTERACTION, question)
            authority.allow(deadline)
            try:
                ((authorized, challenge, details),) = authority.call(
                    _PATH, _AUTHORITY, "CheckAuthorization", "(sa{sv})sa{ss}us", arguments
                )
            except (UnansweredError, KeyboardInterrupt):
                authority.allow(self._call_deadline)
                try:
                    authority.call(_PATH, _AUTHORITY, "CancelCheckAuthorization", "s", (question,))
                except PresenceRefusedError as error:
                    log.debug("access", "polkit did not take its question back: %s", error)
                raise
            return authorized, challenge, details

    def _subject(self) -> tuple[str, dict[str, tuple[str, int]]]:
        pid = os.getpid()
        return ("unix-process", {"pid": ("u", pid), "start-time": ("t", start_time(pid)), "uid": ("i", self._uid)})

    @contextlib.contextmanager
    def _authority(self, timed_out: Callable[[float], SecretError]) -> Iterator[Bus]:
        try:
            from pondpilot_secrets.keychain.bus import ErrorMap
        except ImportError:
            raise cannot_ask("polkit", "the package jeepney is missing", "pip install jeepney") from None
        authority = self._connect(ErrorMap(_no_bus, timed_out, _refused), self._call_deadline)
        try:
            yield authority
        finally:
            authority.close()


def _connect(errors: ErrorMap, seconds: float) -> Bus:
    from pondpilot_secrets.keychain.bus import Bus, BusKind

    return Bus(POLKIT, seconds, errors, BusKind.SYSTEM)


def install_hint() -> str:
    """Return how our policy is installed: one command, for an administrator, once."""
    import shlex

    return f"install its policy once: sudo install -m 644 {shlex.quote(POLICY_FILE)} /usr/share/polkit-1/actions/"


def _own_uid() -> int:
    if sys.platform == "win32":
        raise NotImplementedError("there is no polkit on Windows")
    return os.getuid()


def _has_no_agent(authorized: bool, challenge: bool, _details: dict[str, Any]) -> bool:
    return challenge and not authorized


def _check(authorized: bool, challenge: bool, details: dict[str, Any]) -> None:
    if authorized:
        return
    if challenge:
        hint = "run it in a terminal or on a desktop, or switch it off for this vault: `pond vault presence off`"
        raise cannot_ask("polkit", "no authentication agent runs in this session", hint)
    raise question_dismissed("polkit") if details.get("polkit.dismissed") else answer_rejected("polkit")


def _no_bus() -> SecretError:
    return cannot_ask("polkit", "this system has no D-Bus", "containers and minimal systems have none")


def _timed_out(seconds: float) -> SecretError:
    return cannot_ask("polkit", f"it did not answer within {seconds:g} seconds")


def _refused(name: str) -> SecretError:
    if name.endswith(("ServiceUnknown", "NameHasNoOwner")) or ".Spawn." in name:
        return cannot_ask("polkit", "it does not run on this system", "install the package polkit (polkitd on Debian)")
    if name.endswith(("NoReply", "Timeout", "Disconnected")):
        return PresenceRefusedError("polkit stopped before it had an answer")
    if name.endswith("Error.Cancelled"):
        return question_dismissed("polkit")
    return cannot_ask("polkit", f"it refused the question ({name.rpartition('.')[2]})", install_hint())
