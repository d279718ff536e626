"""The contract of every way of asking whether the person is there, and the words in which each says no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pondpilot_secrets.errors import PresenceRefusedError

ANSWER_DEADLINE = 60.0
"""Seconds that a person has for answering."""

PACKAGE_HINT = "pip install 'pondpilot-secrets[presence]'"
"""How the packages that macOS and Windows need are installed."""


@dataclass(frozen=True, slots=True)
class PresenceStatus:
    """Whether somebody can be asked this way.

    Attributes:
        available: whether it is meant to be asked here; whether it then can be, and somebody answers, is another matter.
        description: what would be asked, for people (`Touch ID, Apple Watch or the login password`).
        reason: why it is not available, or what stands in its way at this moment, or None.
        hint: what to do about it, or None.
    """

    available: bool
    description: str
    reason: str | None = None
    hint: str | None = None


@runtime_checkable
class PresenceCheck(Protocol):
    """One way of asking. Made without any work: the platform is met only when something is asked of it."""

    name: str
    """A word or two for the audit log, after "confirmed by"."""

    def available(self) -> PresenceStatus:
        """Say whether this way can be asked here; never prompts and never raises."""
        ...

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:
        """Ask, and return when the person has confirmed that it is them.

        `reason` goes on after the word "to" (`show the password of 'warehouse'`); `deadline` is in seconds. Raises
        `PresenceRefusedError` (1024) when they did not confirm: of its kinds, `UnansweredError` when nobody answered in
        time, and `NobodyToAskError` when the question never reached anybody.
        """
        ...


class UnansweredError(PresenceRefusedError):
    """Raised when the question was put and nobody answered in time."""


class NobodyToAskError(PresenceRefusedError):
    """Raised when the question could not be put to anybody, so that another way of asking may be tried."""


def question_dismissed(asker: str) -> PresenceRefusedError:
    """Return the error for a question that was closed or cancelled."""
    return PresenceRefusedError(f"{asker} asked whether it is you, and the question was dismissed")


def answer_rejected(asker: str) -> PresenceRefusedError:
    """Return the error for an answer that was wrong."""
    return PresenceRefusedError(f"{asker} asked whether it is you, and the answer was not accepted")


def nobody_answered(asker: str, seconds: float) -> UnansweredError:
    """Return the error for a question that nobody answered within so many seconds."""
    return UnansweredError(f"{asker} asked whether it is you, and nobody answered within {seconds:g} seconds")


def cannot_ask(asker: str, why: str, hint: str | None = None) -> NobodyToAskError:
    """Return the error for a question that could not be put; `why` is a half-sentence."""
    return NobodyToAskError(f"{asker} could not ask whether it is you: {why}", hint=hint)
