"""Finding the entries of `metadata.db` that are not as they were written, and keeping them as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.manager import mending

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata


@dataclass(frozen=True, slots=True)
class AlteredRequest:
    """Nothing needs to be said."""


@dataclass(frozen=True, slots=True)
class AlteredResult:
    """The entries that are not as they were written, as they read now."""

    entries: tuple[SecretMetadata, ...]


def altered(session: Session, request: AlteredRequest) -> AlteredResult:
    """Find the entries that were damaged or edited by another program; see `manager.mending` for the errors."""
    del request
    return AlteredResult(tuple(mending.altered(session.manager.vault)))


@dataclass(frozen=True, slots=True)
class MendRequest:
    """The entries to keep, as somebody has seen them."""

    entries: tuple[SecretMetadata, ...]


@dataclass(frozen=True, slots=True)
class MendResult:
    """The entries that were kept."""

    kept: tuple[SecretMetadata, ...]


def mend(session: Session, request: MendRequest) -> MendResult:
    """Keep entries as they read now; see `manager.mending` for the errors."""
    return MendResult(tuple(mending.keep(session.manager.vault, request.entries)))
