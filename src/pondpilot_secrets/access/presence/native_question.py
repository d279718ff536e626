"""What asking through macOS and through Windows has in common: a package that may be missing, and answers by number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.access.presence.base import (
    PACKAGE_HINT,
    PresenceStatus,
    answer_rejected,
    cannot_ask,
    question_dismissed,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.access.presence.base import NobodyToAskError
    from pondpilot_secrets.errors import PresenceRefusedError


@dataclass(frozen=True, slots=True)
class NativeQuestion:
    """How one platform is spoken of, and what its numbers mean.

    Attributes:
        asker: who asks, in errors.
        description: what would be asked, for people.
        package: the Python package that it needs, with its verb (`the package pyobjc is`).
        dismissed: the numbers of a question that was closed or cancelled.
        rejected: those of an answer that was wrong.
        reasons: those of a question that could not be put, with the reason as a half-sentence.
        other: what is said of every other number, `{}` in its place.
    """

    asker: str
    description: str
    package: str
    dismissed: frozenset[int]
    rejected: frozenset[int]
    reasons: Mapping[int, str]
    other: str

    def available(self) -> PresenceStatus:
        """Say that it can be asked."""
        return PresenceStatus(True, self.description)

    def unavailable(self, reason: str, hint: str | None = None) -> PresenceStatus:
        """Say that it cannot be asked."""
        return PresenceStatus(False, self.description, reason, hint)

    def without_package(self) -> PresenceStatus:
        """Say that its package is missing, and how to install it."""
        return self.unavailable(f"{self.package} missing", PACKAGE_HINT)

    def package_missing(self) -> NobodyToAskError:
        """Return the error for a question that could not be put because the package is missing."""
        return cannot_ask(self.asker, f"{self.package} missing", PACKAGE_HINT)

    def reason_of(self, number: int) -> str:
        """Say why it cannot be asked."""
        return self.reasons.get(number, self.other.format(number))

    def refusal(self, number: int) -> PresenceRefusedError:
        """Return the error for an answer that does not confirm."""
        if number in self.dismissed:
            return question_dismissed(self.asker)
        return (
            answer_rejected(self.asker) if number in self.rejected else cannot_ask(self.asker, self.reason_of(number))
        )
