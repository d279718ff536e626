"""The table of all commands, which HTTP, desktop and MCP are made from as well as the command line."""

from __future__ import annotations

import importlib
import typing
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.grants import Grant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class Command:
    """A command, imported when it is first used.

    Attributes:
        name: what interfaces call it.
        home: the file of its group in this room.
        function: its name there; a function of a session and a request.
        grant: what the caller must hold, or None where nothing of a vault is touched.
        summary: what it does, in a few words.
    """

    name: str
    home: str
    function: str
    grant: Grant | None
    summary: str

    def load(self) -> Callable[..., Any]:
        """Return the function."""
        module = importlib.import_module(f"pondpilot_secrets.commands.{self.home}")
        function: Callable[..., Any] = getattr(module, self.function)
        return function

    @property
    def request_type(self) -> type:
        """The dataclass of its request."""
        function = self.load()
        module = importlib.import_module(function.__module__)
        annotation: Any = function.__annotations__["request"]
        found = getattr(module, annotation) if isinstance(annotation, str) else annotation
        return typing.cast("type", found)

    def perform(self, session: Session, request: object) -> Any:
        """Carry it out; raises `PolicyDeniedError` (1011) where the session's access lacks the grant."""
        if self.grant is not None:
            session.require(self.grant)
        return self.load()(session, request)


_ALL = (
    Command("add", "saving", "add", Grant.WRITE, "keep a new secret"),
    Command("list", "listing", "list_secrets", Grant.LIST, "list secrets"),
    Command("find", "showing", "find", Grant.LIST, "what is known of one secret"),
    Command("show", "showing", "show", Grant.LIST, "a secret without its sensitive values"),
    Command("reveal", "revealing", "reveal", Grant.REVEAL, "one value of a secret"),
    Command("edit", "saving", "edit", Grant.WRITE, "change a secret"),
    Command("remove", "saving", "remove", Grant.WRITE, "remove secrets"),
    Command("types", "types", "types", None, "the secret types and their fields"),
    Command("rotate", "rotating", "rotate", Grant.WRITE, "put new values in the place of old ones, once they work"),
    Command("test", "testing", "test", Grant.USE, "try secrets against their servers"),
    Command("query", "querying", "query", Grant.USE, "run SQL with secrets applied"),
    Command("environment", "handing", "environment", Grant.USE, "variables for one child process"),
    Command("shell", "handing", "shell", Grant.USE, "what the DuckDB command line needs to apply secrets"),
    Command("doctor", "doctor", "doctor", Grant.LIST, "what is wrong on this machine, and how to mend it"),
    Command("audit.list", "audit", "list_records", Grant.LIST, "who did what with which secret"),
    Command("audit.verify", "audit", "verify", Grant.LIST, "whether the audit log is as it was written"),
    Command("audit.export", "audit", "export", Grant.LIST, "the whole audit log"),
    Command("audit.restart", "audit", "restart", Grant.EXPORT, "begin the audit log anew"),
    Command("vault.limits", "limits", "limits", Grant.LIST, "how often secrets may be revealed and used"),
    Command("vault.presence", "presence", "presence", Grant.LIST, "whether the vault asks before it shows a value"),
    Command("vault.status", "vault", "status", Grant.LIST, "where credentials rest"),
    Command("vault.damage", "repair", "damage", Grant.LIST, "what is damaged in the vault's metadata"),
    Command("vault.mend", "repair", "mend", Grant.WRITE, "keep damaged entries as they read"),
    Command("vault.init", "vault", "init", Grant.WRITE, "make a vault"),
    Command("vault.unlock", "vault", "unlock", Grant.USE, "unlock the keychain"),
    Command("vault.migrate", "vault", "migrate", Grant.EXPORT, "move every credential to another store"),
    Command("vault.rekey", "vault", "rekey", Grant.EXPORT, "change what opens a vault in an encrypted file"),
    Command("vault.recovery", "recovery", "make_codes", Grant.EXPORT, "make one-time recovery codes"),
    Command("vault.recover", "recovery", "recover", Grant.EXPORT, "get back into a vault with a recovery code"),
)

COMMANDS: Mapping[str, Command] = MappingProxyType({command.name: command for command in _ALL})
