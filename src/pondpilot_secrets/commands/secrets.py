"""Saving, listing, showing, changing and removing secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.errors import (
    CredentialAlteredError,
    CredentialMissingError,
    InvalidCredentialsError,
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
    from pondpilot_secrets.secure import SecureString

FieldValue: TypeAlias = "SecureString | str | int | bool | Mapping[str, SecureString | str]"

_NOT_TO_BE_OPENED = (
    CredentialAlteredError,
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
class AddRequest:
    """A secret to keep; fields under DuckDB's names or their aliases."""

    type: str
    name: str
    fields: Mapping[str, FieldValue] = field(repr=False)
    provider: str | None = None
    scopes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    description: str | None = None


def add(session: Session, request: AddRequest) -> SecretResult:
    """Keep a new secret; raises as `SecretsManager.save_secret` does."""
    return SecretResult(
        session.manager.save_secret(
            request.type,
            request.name,
            request.fields,
            provider=request.provider,
            scope=request.scopes,
            tags=request.tags,
            description=request.description,
        )
    )


@dataclass(frozen=True, slots=True)
class ListRequest:
    """Which secrets to list: those whose name, tags, scopes or description hold the query; None means all."""

    query: str | None = None
    type: str | None = None
    tag: str | None = None
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ListResult:
    """The secrets by name."""

    secrets: tuple[SecretMetadata, ...]


def list_secrets(session: Session, request: ListRequest) -> ListResult:
    """List secrets without opening the keychain."""
    secret_type = request.type
    if secret_type is not None:
        from pondpilot_secrets.secret_types import registry

        secret_type = registry.get(secret_type).name
    found = session.manager.list_secrets(
        type=secret_type, tag=request.tag, search=request.query or None, limit=request.limit
    )
    return ListResult(tuple(found))


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


@dataclass(frozen=True, slots=True)
class RevealRequest:
    """One field of one secret."""

    name: str
    field: str


@dataclass(frozen=True, slots=True)
class RevealResult:
    """A value, which whoever asked for it closes."""

    name: str
    field: str
    value: SecureString


def reveal(session: Session, request: RevealRequest) -> RevealResult:
    """Open one value; raises `InvalidCredentialsError` (1003) for a field that is not set."""
    with session.manager.get_secret(request.name) as secret:
        about = secret.metadata
        wanted = request.field if request.field in secret.credentials else _field_called(about, request.field)
        return RevealResult(about.name, wanted, secret.credentials[wanted].copy())


def _field_called(about: SecretMetadata, given: str) -> str:
    from pondpilot_secrets.secret_types import registry
    from pondpilot_secrets.secret_types.validation import field_named, provider_named

    secret_type = registry.get(about.type)
    name = field_named(secret_type, provider_named(secret_type, about.provider), given).name
    if name not in about.field_names:
        raise InvalidCredentialsError(
            f"{name} is not set in {about.name!r}", field=name, hint="set are: " + ", ".join(about.field_names)
        )
    return name


@dataclass(frozen=True, slots=True)
class EditRequest:
    """What to change of a secret; None leaves a thing as it is, an empty one removes it.

    `fields` merge into those there are; a field that is None is removed.
    """

    name: str
    new_name: str | None = None
    fields: Mapping[str, FieldValue | None] = field(default_factory=dict, repr=False)
    scopes: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    description: str | None = None


def edit(session: Session, request: EditRequest) -> SecretResult:
    """Change a secret; raises as `SecretsManager.update_secret` does."""
    from pondpilot_secrets.manager.writing import UNCHANGED

    return SecretResult(
        session.manager.update_secret(
            request.name,
            name=UNCHANGED if request.new_name is None else request.new_name,
            fields=request.fields or UNCHANGED,
            scope=UNCHANGED if request.scopes is None else request.scopes,
            tags=UNCHANGED if request.tags is None else request.tags,
            description=UNCHANGED if request.description is None else request.description,
        )
    )


@dataclass(frozen=True, slots=True)
class RemoveRequest:
    """Secrets to remove, by name or id."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveResult:
    """What was known of the secrets that are gone now."""

    removed: tuple[SecretMetadata, ...]


def remove(session: Session, request: RemoveRequest) -> RemoveResult:
    """Remove secrets from both stores; raises `SecretNotFoundError` (1002) before anything is removed."""
    return RemoveResult(tuple(session.manager.delete_secrets(request.names)))
