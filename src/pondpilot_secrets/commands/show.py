"""What is known of one secret, without its sensitive values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.problem_details import ProblemDetails
from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import SecretInfo
from pondpilot_secrets.errors import (
    CredentialCorruptError,
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PromptDismissedError,
    PromptTimeoutError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session

_VALUES_UNAVAILABLE = (
    CredentialCorruptError,
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PromptDismissedError,
    PromptTimeoutError,
)


@dataclass(frozen=True, slots=True)
class FindRequest(Request["FindResult"]):
    """One secret, by its name or id."""

    name: str


@dataclass(frozen=True, slots=True)
class FindResult:
    """What is known of it."""

    secret: SecretInfo


def find(session: Session, request: FindRequest) -> FindResult:
    """Return what is known of a secret without opening the keychain; raises `SecretNotFoundError` (1002)."""
    return FindResult(SecretInfo.of(session.manager.find_secret(request.name)))


@dataclass(frozen=True, slots=True)
class ShowRequest(Request["ShowResult"]):
    """One secret, by its name or id."""

    name: str


@dataclass(frozen=True, slots=True)
class ShowResult:
    """A secret with its values: those of fields that are not sensitive, and the names of those that are.

    `problem` says why the values are not here: the keychain is locked, say, or the item is gone.
    """

    secret: SecretInfo
    values: Mapping[str, str]
    hidden: tuple[str, ...]
    problem: ProblemDetails | None = None


def show(session: Session, request: ShowRequest) -> ShowResult:
    """Show a secret without its sensitive values; raises `SecretNotFoundError` (1002)."""
    try:
        secret, values = session.manager.describe_secret(request.name)
    except _VALUES_UNAVAILABLE as error:
        secret = session.manager.find_secret(request.name)
        return ShowResult(SecretInfo.of(secret), {}, secret.field_names, ProblemDetails.of(error))
    hidden = tuple(name for name in secret.field_names if name not in values)
    return ShowResult(SecretInfo.of(secret), values, hidden)
