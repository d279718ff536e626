"""The variables that hand secrets to one child process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class EnvironmentRequest(Request["EnvironmentResult"]):
    """The secrets whose variables a child needs."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentResult:
    """Variables and their values, which the caller closes."""

    variables: Mapping[str, SecureString]


def environment(session: Session, request: EnvironmentRequest) -> EnvironmentResult:
    """Gather variables; raises `UsageError` (1022) where two secrets differ about one, or where none is set."""
    variables = session.manager.environment(request.names)
    if not variables:
        names = ", ".join(request.names)
        raise UsageError(
            f"no variable is known for the fields of {names}",
            hint="the docs page of its type lists the variables that `pond exec` sets",
        )
    return EnvironmentResult(variables)
