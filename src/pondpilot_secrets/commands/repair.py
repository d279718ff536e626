"""Finding what is damaged in `metadata.db`, and keeping entries that are not as they were written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.models import SecretMetadata


@dataclass(frozen=True, slots=True)
class DamageRequest:
    """Nothing needs to be said."""


@dataclass(frozen=True, slots=True)
class DamageResult:
    """What is wrong.

    Attributes:
        broken: in words, pages and entries that cannot be read.
        altered: entries that read well and are not as they were written.
        astray: entries that are as they were written, and that a search or a tag does not lead to.
    """

    broken: tuple[str, ...]
    altered: tuple[SecretMetadata, ...]
    astray: tuple[SecretMetadata, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.broken or self.altered or self.astray)


def damage(session: Session, request: DamageRequest) -> DamageResult:
    """Find what was damaged or edited by another program; raises as `SecretsManager.find_corruption` does."""
    del request
    return DamageResult(*session.manager.find_corruption())


@dataclass(frozen=True, slots=True)
class MendRequest:
    """The altered entries to keep, as somebody has seen them."""

    entries: tuple[SecretMetadata, ...]


@dataclass(frozen=True, slots=True)
class MendResult:
    """The entries that were kept, and what is still wrong."""

    kept: tuple[SecretMetadata, ...]
    left: DamageResult


def mend(session: Session, request: MendRequest) -> MendResult:
    """Make indexes anew and keep entries as they read now; raises as `SecretsManager.find_corruption` does."""
    kept = session.manager.repair(request.entries)
    return MendResult(tuple(kept), DamageResult(*session.manager.find_corruption()))
