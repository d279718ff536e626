"""Changing a secret, and giving it another name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import SecretInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class EditRequest(Request["EditResult"]):
    """What to change of a secret; None leaves a thing as it is, an empty one removes it.

    `fields` merge into those there are; a field that is None is removed.
    """

    name: str
    new_name: str | None = None
    fields: Mapping[str, SecureString | None] = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    description: str | None = None
    expires: str | None = None
    inject_only: bool | None = None


@dataclass(frozen=True, slots=True)
class EditResult:
    """What is known of the secret now."""

    secret: SecretInfo


def edit(session: Session, request: EditRequest) -> EditResult:
    """Change a secret; raises as `SecretsManager.update_secret` does."""
    from pondpilot_secrets import UNCHANGED

    changed = session.manager.update_secret(
        request.name,
        name=UNCHANGED if request.new_name is None else request.new_name,
        fields=request.fields or UNCHANGED,
        scope=UNCHANGED if request.scopes is None else request.scopes,
        tags=UNCHANGED if request.tags is None else request.tags,
        description=UNCHANGED if request.description is None else request.description,
        expires=UNCHANGED if request.expires is None else request.expires,
        inject_only=UNCHANGED if request.inject_only is None else request.inject_only,
    )
    return EditResult(SecretInfo.of(changed))


@dataclass(frozen=True, slots=True)
class RenameRequest(Request["RenameResult"]):
    """A secret by its name or id, and the name that it is given."""

    name: str
    new_name: str


@dataclass(frozen=True, slots=True)
class RenameResult:
    """What is known of the secret now."""

    secret: SecretInfo


def rename(session: Session, request: RenameRequest) -> RenameResult:
    """Give a secret another name; raises `NameTakenError` (1009) where another has it."""
    return RenameResult(SecretInfo.of(session.manager.update_secret(request.name, name=request.new_name)))
