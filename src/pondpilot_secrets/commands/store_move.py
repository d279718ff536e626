"""Moving every credential of a vault to another store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class MoveRequest(Request["MoveResult"]):
    """The store to move to, and the key file of a new encrypted file, made where it is missing."""

    to: str
    key_file: str | None = None


@dataclass(frozen=True, slots=True)
class MoveResult:
    """What was moved: how many items, from which store to which, and the secrets whose credentials were gone before."""

    moved: int
    source: str
    target: str
    missing: tuple[str, ...]


def move(session: Session, request: MoveRequest) -> MoveResult:
    """Move every credential to another store; raises as `SecretsManager.move_store` does."""
    with session.with_store(key_file=request.key_file) as own:
        done = own.manager.move_store(request.to, passphrase=session.ask_passphrase, progress=session.progress)
    return MoveResult(done.moved, str(done.source), str(done.target), done.missing)
