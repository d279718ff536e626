"""What is known of one secret, without its sensitive values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import (
    CredentialCorruptError,
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PromptDismissedError,
    PromptTimeoutError,
    SecretError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata

_NOT_TO_BE_OPENED = (
    CredentialCorruptError,
    CredentialMissingError,
    KeychainLockedError,
    KeychainUnavailableError,
    PromptDismissedError,
    PromptTimeoutError,
)


@dataclass(frozen=True, slots=True)
class SecretResult:
    """What is known of one secret."""

    secret: SecretMetadata


@dataclass(frozen=True, slots=True)
class NameRequest:
    """One secret, by its name or id."""

    name: str


def find(session: Session, request: NameRequest) -> SecretResult:
    """Return what is known of a secret without opening the keychain; raises `SecretNotFoundError` (1002)."""
    return SecretResult(session.manager.find_secret(request.name))


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error that did not stop a command; `exit_status` is what the command line ends with all the same."""

    code: int
    message: str
    hint: str | None
    exit_status: int

    @classmethod
    def of(cls, error: SecretError) -> Trouble:
        """Return what an error says."""
        return cls(error.code, error.message, error.hint, error.exit_status)


@dataclass(frozen=True, slots=True)
class ShowResult:
    """A secret with its values: those of fields that are not sensitive, and the names of those that are.

    `trouble` says why the values could not be had: the keychain is locked, say, or the item is gone.
    """

    secret: SecretMetadata
    values: Mapping[str, str]
    hidden: tuple[str, ...]
    trouble: Trouble | None = None


def show(session: Session, request: NameRequest) -> ShowResult:
    """Show a secret without its sensitive values; raises `SecretNotFoundError` (1002)."""
    try:
        secret, values = session.manager.describe_secret(request.name)
    except _NOT_TO_BE_OPENED as error:
        secret = session.manager.find_secret(request.name)
        return ShowResult(secret, {}, secret.field_names, Trouble.of(error))
    return ShowResult(secret, values, tuple(name for name in secret.field_names if name not in values))
