"""Deleting secrets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import SecretInfo

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class RemoveRequest(Request["RemoveResult"]):
    """Secrets to delete, by name or id."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveResult:
    """What was known of the secrets that are gone now; none where the person declined."""

    removed: tuple[SecretInfo, ...]


def remove(session: Session, request: RemoveRequest) -> RemoveResult:
    """Delete secrets from the vault and the keychain, all or none, once the person agrees.

    Raises `SecretNotFoundError` (1002) before anything is asked or deleted.
    """
    found = {secret.id: secret.name for secret in map(session.manager.find_secret, request.names)}
    if found and not session.ask_consent(f"delete {', '.join(found.values())} for good?"):
        return RemoveResult(())
    return RemoveResult(tuple(map(SecretInfo.of, session.manager.delete_secrets(tuple(found)))))
