"""Finding what is corrupt in `metadata.db`, and keeping entries that another program or a failing disk changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import SecretInfo

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class CheckRequest(Request["CheckResult"]):
    """No parameters."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What is wrong with the metadata.

    Attributes:
        unreadable: in words, pages and entries that cannot be read.
        corrupt: entries that can be read and are not as they were written.
        unindexed: entries that are as they were written, and that a search or a tag does not lead to.
    """

    unreadable: tuple[str, ...]
    corrupt: tuple[SecretInfo, ...]
    unindexed: tuple[SecretInfo, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.unreadable or self.corrupt or self.unindexed)


def check(session: Session, request: CheckRequest) -> CheckResult:
    """Find what was damaged or edited by another program; raises as `SecretsManager.find_corruption` does."""
    del request
    unreadable, corrupt, unindexed = session.manager.find_corruption()
    return CheckResult(unreadable, tuple(map(SecretInfo.of, corrupt)), tuple(map(SecretInfo.of, unindexed)))


@dataclass(frozen=True, slots=True)
class RepairRequest(Request["RepairResult"]):
    """The corrupt entries to keep, as the person has seen them."""

    entries: tuple[SecretInfo, ...]


@dataclass(frozen=True, slots=True)
class RepairResult:
    """The entries that were kept, and what is still wrong; `declined` where the person did not agree to it."""

    kept: tuple[SecretInfo, ...]
    left: CheckResult
    declined: bool = False


def repair(session: Session, request: RepairRequest) -> RepairResult:
    """Rebuild indexes, and keep entries as they read now once the person agrees; raises as `check` does."""
    count = len(request.entries)
    if count and not session.ask_consent(f"keep {count} {'entry' if count == 1 else 'entries'} as shown?"):
        return RepairResult((), check(session, CheckRequest()), declined=True)
    kept = session.manager.repair([entry.metadata() for entry in request.entries])
    return RepairResult(tuple(map(SecretInfo.of, kept)), check(session, CheckRequest()))
