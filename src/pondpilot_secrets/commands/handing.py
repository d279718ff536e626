"""Handing secrets to other programs: as variables of one child, or to the official DuckDB command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.injection.shell_script import ShellScript
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class EnvironmentRequest:
    """The secrets whose variables a child needs."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentResult:
    """Variables and their values, which whoever asked for them closes."""

    variables: Mapping[str, SecureString]

    def close(self) -> None:
        """Wipe the values."""
        for value in self.variables.values():
            value.close()


def environment(session: Session, request: EnvironmentRequest) -> EnvironmentResult:
    """Gather variables; raises `UsageError` (1022) where two secrets differ about one, or where none is set."""
    variables = session.manager.environment(request.names)
    if not variables:
        names = ", ".join(request.names)
        raise UsageError(
            f"no variable is known for what {names} holds",
            hint="the docs page of its type lists the variables that `pond exec` sets",
        )
    return EnvironmentResult(variables)


@dataclass(frozen=True, slots=True)
class ShellRequest:
    """The secrets that a DuckDB shell needs, and the shell's version as far as that is known."""

    names: tuple[str, ...] = ()
    read_only: bool = True
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ShellResult:
    """What the shell reads at its start; close the script, which wipes the values."""

    script: ShellScript


def shell(session: Session, request: ShellRequest) -> ShellResult:
    """Prepare a DuckDB shell; raises as `SecretsManager.apply` does."""
    return ShellResult(
        session.manager.shell_script(*request.names, read_only=request.read_only, version=request.version)
    )
