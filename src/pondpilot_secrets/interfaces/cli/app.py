"""The group of all commands, each imported when it is called or completed, and the way `pond` ends."""

from __future__ import annotations

import errno
import importlib
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

import click

from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.interfaces.cli import error_output
from pondpilot_secrets.interfaces.cli.invocation import global_options

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "add": "keep a new secret",
    "ls": "list secrets",
    "show": "show a secret, sensitive values hidden",
    "reveal": "print one value",
    "edit": "change a secret",
    "rename": "give a secret another name",
    "rm": "delete secrets",
    "rotate": "give a secret new values, once they work",
    "test": "try secrets against their servers",
    "sql": "run SQL with secrets applied",
    "shell": "open the DuckDB shell with secrets applied",
    "exec": "run a program with secrets as variables",
    "audit": "read and check the log: ls, verify, export, restart",
    "doctor": "say what is wrong here, and how to mend it",
    "vault": "look after the vault: status, init, unlock, limits, presence, migrate, rekey, recovery",
    "completion": "print the completion script of your shell",
}
"""The commands in the order of the help, with their summaries, so that help and completion import none."""

WITHOUT_VALUES = ("ls", "completion")
"""Commands that never see a value, and stay 2 ms faster for not being protected."""

INTERRUPTED = 130
BROKEN_PIPE = 141
USAGE = 2
INPUT_OUTPUT = 74  # EX_IOERR of sysexits.h
OUTPUT_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
"""Why output cannot be written; no file of a vault fails with a bare error of the system."""


class OutputClosedError(Exception):
    """Raised when whoever read our output went away; click would end with 1 for the OSError itself."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are asked for."""

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise OutputClosedError from None

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pondpilot_secrets.interfaces.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or say which one was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from pondpilot_secrets.secret_types.suggestions import nearest

            match = nearest(args[0], COMMANDS)
            raise error_output.CommandLineError(
                "there is no such command",
                hint=f"did you mean `pond {match}`?" if match else "`pond --help` lists them",
                ctx=ctx,
            )
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


EPILOG = """\b
Examples:
  pond add postgres warehouse host=db.example.com user=ana
  pond test warehouse
  pond sql warehouse -c "FROM warehouse.public.orders LIMIT 5"
"""


@click.group(
    cls=LazyGroup, epilog=EPILOG, no_args_is_help=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(package_name="pondpilot-secrets", message="pond %(version)s")
@click.option("--trace", is_flag=True, expose_value=False, help="On an internal error, say where in the code it was.")
@global_options
@click.pass_context
def pond(context: click.Context) -> None:
    """Keep credentials in the system's keychain, and hand them to DuckDB as temporary in-memory secrets."""
    if context.invoked_subcommand not in WITHOUT_VALUES:
        from pondpilot_secrets.secure.own_process import prepare_own_process

        prepare_own_process()


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line and return the exit status; nothing but what a person should read gets out."""
    report = error_output.Reporter.for_arguments(arguments)
    warnings.showwarning = error_output.show_warning
    try:
        status = _status(pond.main(list(arguments), prog_name="pond", standalone_mode=False))
        sys.stdout.flush()
    except SecretError as error:
        return report.secret_error(error)
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except (click.Abort, KeyboardInterrupt):
        return report.interrupted(INTERRUPTED)
    except click.ClickException as error:
        return report.command_line_error(error, USAGE)
    except (OutputClosedError, BrokenPipeError):
        _forget_output()
        return BROKEN_PIPE
    except Exception as error:  # noqa: BLE001 - a traceback could show values
        if isinstance(error, OSError) and error.errno in OUTPUT_IS_FULL:
            _forget_output()
            return report.output_error(error, INPUT_OUTPUT)
        return report.internal_error(error)
    return status


def _status(returned: Any) -> int:
    return returned if isinstance(returned, int) else 0


def _forget_output() -> None:
    """Let the interpreter's last flush go nowhere instead of failing once more."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
