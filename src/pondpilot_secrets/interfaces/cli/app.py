"""The group of all commands, and the way `pond` ends."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from typing import TYPE_CHECKING, Any

import click

from pondpilot_secrets.errors import SecretError
from pondpilot_secrets.interfaces.cli import error_output
from pondpilot_secrets.interfaces.cli.invocation import global_options
from pondpilot_secrets.interfaces.cli.registry_group import RegistryGroup

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN_COMMANDS = {"completion": "print the completion script of your shell"}
"""Commands that are about the command line itself; all others are in the registry."""

WITHOUT_VALUES = ("ls", "completion")
"""Commands that never see a value, and are 2 ms faster for not being protected."""

INTERRUPTED = 130
BROKEN_PIPE = 141
USAGE = 2
INPUT_OUTPUT = 74  # EX_IOERR of sysexits.h
OUTPUT_IS_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
"""Why output cannot be written; no file of a vault fails with a bare error of the system."""


class OutputClosedError(Exception):
    """Raised when the reader of our output went away; click would end with 1 for the OSError itself."""


class PondGroup(RegistryGroup):
    """The group of all commands."""

    def invoke(self, ctx: click.Context) -> Any:
        """Carry out the command."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise OutputClosedError from None


EPILOG = """\b
Examples:
  pond add postgres warehouse host=db.example.com user=ana
  pond test warehouse
  pond sql warehouse -c "FROM warehouse.public.orders LIMIT 5"
"""


@click.command(
    cls=PondGroup,
    own=OWN_COMMANDS,
    epilog=EPILOG,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
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
