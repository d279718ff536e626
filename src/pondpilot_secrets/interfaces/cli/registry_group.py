"""Groups of commands as the registry lists them: nothing is listed twice, and none is imported until it is called.

The words of a command lead to its module: `pond vault status` is `command` in `vault/status.py`, and the group `vault`
itself is `command` in `vault/__init__.py`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from pondpilot_secrets.commands.registry import COMMANDS, GROUPS
from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PACKAGE = __package__


def words_after(prefix: str) -> dict[str, str]:
    """Return the words that may follow others, each with its summary: the commands of the group, and groups in it."""
    summaries: dict[str, str] = {}
    for command in COMMANDS.values():
        if command.words is not None and command.words.startswith(prefix):
            word, _, rest = command.words.removeprefix(prefix).partition(" ")
            summaries.setdefault(word, command.summary if not rest else _group_summary(word))
    return summaries


def _group_summary(group: str) -> str:
    return f"{GROUPS[group]}: {', '.join(words_after(f'{group} '))}"


class RegistryGroup(click.Group):
    """A group whose commands are those of the registry under its words, and those of its own that are given."""

    def __init__(self, *args: Any, prefix: str = "", own: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prefix = prefix
        self._own = own or {}

    @property
    def summaries(self) -> dict[str, str]:
        """The words of the commands with their summaries, in the order of the help."""
        return words_after(self._prefix) | dict(self._own)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the words in the order of the help."""
        return list(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in self.summaries:
            return None
        path = f"{self._prefix}{cmd_name}".replace("-", "_").replace(" ", ".")
        command: click.Command = importlib.import_module(f"{_PACKAGE}.{path}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        if args and args[0] not in self.summaries and not args[0].startswith("-"):
            from pondpilot_secrets.secret_types.suggestions import nearest

            match = nearest(args[0], self.summaries)
            raise CommandLineError(
                "there is no such command",
                hint=f"did you mean `pond {self._prefix}{match}`?"
                if match
                else f"`{ctx.command_path} --help` lists them",
                ctx=ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the words of the commands without importing them, and the group's own options."""
        words = [
            CompletionItem(word, help=summary)
            for word, summary in self.summaries.items()
            if word.startswith(incomplete)
        ]
        return words + click.Command.shell_complete(self, ctx, incomplete)


def group(name: str, *, epilog: str) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a function the group of the commands whose words begin with a name."""
    return click.command(name, cls=RegistryGroup, prefix=f"{name} ", epilog=epilog)
