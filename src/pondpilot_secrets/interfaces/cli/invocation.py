"""What every command has in common: the global options before and after its name, and its way to the vault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import click

from pondpilot_secrets.access.grants import Access, Grant

if TYPE_CHECKING:
    from collections.abc import Callable

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString

Decorated = TypeVar("Decorated", bound="Callable[..., Any]")

ACCESS = Access("cli", frozenset(Grant))
"""A person at a terminal may do everything with their own vault."""


class Invocation:
    """One call of `pond`: its global options, and the session that its command works in."""

    def __init__(self) -> None:
        self.home: str | None = None
        self.json = False

    def session(
        self,
        *,
        confirm: Callable[[str], bool] | None = None,
        progress: Callable[[int, int], None] | None = None,
        ask_statement: Callable[[], str | None] | None = None,
    ) -> Session:
        """Return the session; use it in a `with`, which closes the vault."""
        from pondpilot_secrets.commands.session import Session

        return Session(
            ACCESS,
            self.home,
            ask_passphrase=_ask_passphrase,
            confirm=confirm,
            progress=progress,
            ask_statement=ask_statement,
        )


def _ask_passphrase(new: bool) -> SecureString:
    from pondpilot_secrets.interfaces.cli.prompt import ask_passphrase

    return ask_passphrase(new)


def _remember_home(context: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Invocation).home = value


def _remember_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Invocation).json = True


def _show_log(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from pondpilot_secrets.interfaces.cli.log_output import show_log

        show_log()


def global_options(function: Decorated) -> Decorated:
    """Give a command `--home`, `--json` and `--debug`."""
    home = click.option(
        "--home",
        metavar="FOLDER",
        type=click.Path(file_okay=False),
        expose_value=False,
        callback=_remember_home,
        help="The vault's folder, instead of POND_HOME.",
    )
    json = click.option(
        "--json", is_flag=True, expose_value=False, callback=_remember_json, help="Print JSON, errors too."
    )
    debug = click.option(
        "--debug", is_flag=True, expose_value=False, callback=_show_log, help="Show the log on standard error."
    )
    return home(json(debug(function)))


pass_invocation = click.make_pass_decorator(Invocation, ensure=True)
