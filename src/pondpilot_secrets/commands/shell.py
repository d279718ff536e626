"""What DuckDB's own command line needs at its start to have secrets applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request

if TYPE_CHECKING:
    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class ShellRequest(Request["ShellResult"]):
    """The secrets that a DuckDB shell needs.

    Attributes:
        values_path: where the shell finds the values, such as `/dev/fd/100`.
        names: the secrets to apply, and to attach where their type needs it.
        read_only: whether databases are attached to read only.
        version: the shell's version, or None where it is not known.
    """

    values_path: str
    names: tuple[str, ...] = ()
    read_only: bool = True
    version: str | None = None


@dataclass(frozen=True, slots=True)
class ShellResult:
    """The init file, which holds no value, and the JSON document with the values, which the caller closes."""

    init_file: str
    values: SecureString


def shell(session: Session, request: ShellRequest) -> ShellResult:
    """Prepare a DuckDB shell; raises as `SecretsManager.apply` does."""
    script = session.manager.shell_script(*request.names, read_only=request.read_only, version=request.version)
    return ShellResult(script.text(request.values_path), script.values)
