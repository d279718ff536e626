"""The registry of all commands, through which every interface dispatches: the command line, a server, a window, an agent.

A command has one row here, and one function `(session, request) -> result` in a module of this package, imported when it is
first used. The types of request and result are those of the function's annotations.
"""

from __future__ import annotations

import functools
import importlib
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pondpilot_secrets.commands.request import Request
    from pondpilot_secrets.commands.session import Session

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Attributes:
        name: what interfaces call it; a dot parts the group from the command.
        words: what a person types after `pond`, or None for a command that only other programs call.
        target: the function, as `module.function` of this package.
        grant: what the caller must hold, or None where nothing of a vault is touched.
        summary: what it does, in a few words.
    """

    name: str
    words: str | None
    target: str
    grant: Grant | None
    summary: str

    def load(self) -> Callable[[Session, Any], Any]:
        """Import the function."""
        module, function = self.target.split(".")
        loaded: Callable[[Session, Any], Any] = getattr(
            importlib.import_module(f"pondpilot_secrets.commands.{module}"), function
        )
        return loaded

    @property
    def request_type(self) -> type[Request[Any]]:
        """The dataclass of the request."""
        return _signature(self)[0]

    @property
    def result_type(self) -> type:
        """The dataclass of the result, or that of one row where the command streams."""
        return _signature(self)[1]

    @property
    def streams(self) -> bool:
        """Whether the result is an iterator of rows, to be read to its end or closed."""
        return _signature(self)[2]


@functools.cache
def _signature(command: Command) -> tuple[type[Request[Any]], type, bool]:
    import typing
    from collections.abc import Iterator

    from pondpilot_secrets.commands.session import Session

    hints = typing.get_type_hints(command.load(), localns={"Session": Session, "Iterator": Iterator})
    result = hints["return"]
    if typing.get_origin(result) is Iterator:
        return hints["request"], typing.get_args(result)[0], True
    return hints["request"], result, False


_LIST, _USE, _REVEAL, _WRITE, _EXPORT = Grant.LIST, Grant.USE, Grant.REVEAL, Grant.WRITE, Grant.EXPORT

# name, words, target, grant, summary; in the order of the help
_ROWS: tuple[tuple[str, str | None, str, Grant | None, str], ...] = (
    ("add", "add", "add.add", _WRITE, "save a new secret"),
    ("list", "ls", "list.list_secrets", _LIST, "list secrets"),
    ("find", None, "show.find", _LIST, "what is known of one secret"),
    ("show", "show", "show.show", _LIST, "show a secret, sensitive values hidden"),
    ("reveal", "reveal", "reveal.reveal", _REVEAL, "reveal one value of a secret"),
    ("edit", "edit", "edit.edit", _WRITE, "change a secret"),
    ("rename", "rename", "edit.rename", _WRITE, "give a secret another name"),
    ("remove", "rm", "remove.remove", _WRITE, "delete secrets"),
    ("rotate", "rotate", "rotate.rotate", _WRITE, "give a secret new values, once they work"),
    ("test", "test", "probe.probe", _USE, "test secrets against their servers"),
    ("query", "sql", "query.query", _USE, "run SQL with secrets applied"),
    ("prompt", None, "query.prompt", _USE, "run statements as a person types them, in one DuckDB"),
    ("shell", "shell", "shell.shell", _USE, "open the DuckDB shell with secrets applied"),
    ("environment", "exec", "environment.environment", _USE, "hand secrets to one program as variables"),
    ("types", None, "types.types", None, "the secret types and their fields"),
    ("audit.list", "audit ls", "audit.list_records", _LIST, "list what was done, the newest first"),
    ("audit.verify", "audit verify", "audit.verify", _LIST, "check that the log is as it was written"),
    ("audit.export", "audit export", "audit.export", _LIST, "export the whole log"),
    ("audit.ocsf", None, "audit.export_ocsf", _LIST, "the whole log as OCSF events"),
    ("audit.restart", "audit restart", "audit.restart", _EXPORT, "start a new log after its end was destroyed"),
    ("doctor", "doctor", "doctor.doctor", _LIST, "check this machine, and say how to fix what is wrong"),
    ("vault.status", "vault status", "vault.status", _LIST, "say where credentials are stored, and why"),
    ("vault.init", "vault init", "vault.init", _WRITE, "make a vault"),
    ("vault.unlock", "vault unlock", "vault.unlock", _USE, "unlock the keychain, or try the key of an encrypted file"),
    ("vault.limits", "vault limits", "limits.limits", _LIST, "show or change the rate limits"),
    ("vault.presence", "vault presence", "presence.presence", _LIST, "show or change whether the vault asks for you"),
    ("vault.move", "vault move", "store_move.move", _EXPORT, "move every credential to another store"),
    ("vault.rekey", "vault rekey", "rekey.rekey", _EXPORT, "change the keys of an encrypted file"),
    ("vault.recovery_codes", "vault recovery-codes", "recovery_codes.make_codes", _EXPORT, "make recovery codes"),
    ("vault.use_recovery_code", "vault use-recovery-code", "recovery_codes.use_code", _EXPORT, "use a recovery code"),
    ("vault.check", None, "repair.check", _LIST, "what is corrupt in the vault's metadata"),
    ("vault.repair", "vault repair", "repair.repair", _WRITE, "repair the vault's metadata"),
)

COMMANDS: Mapping[str, Command] = MappingProxyType({row[0]: Command(*row) for row in _ROWS})

GROUPS: Mapping[str, str] = MappingProxyType({"audit": "read and check the audit log", "vault": "look after the vault"})
"""What the commands of a group are about, by the word that a person types before theirs."""


def dispatch(session: Session, name: str, request: Request[_Result]) -> _Result:
    """Carry out a command: the one way in for every interface, and the one place that checks the caller's grant.

    Raises `PolicyDeniedError` (1011) where the session's access lacks the command's grant, `UsageError` (1022) for a name
    that no command has or a request that is another command's, and what the command itself raises.
    """
    command = COMMANDS.get(name)
    if command is None:
        raise UsageError("there is no such command")
    if command.grant is not None:
        session.require(command.grant)
    function = command.load()
    if not isinstance(request, command.request_type):
        raise UsageError(f"{type(request).__name__} is not a request of `{name}`")
    result: _Result = function(session, request)
    return result
