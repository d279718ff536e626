"""`pond exec`: run a program with secrets as variables of its environment."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from pondpilot_secrets.interfaces.cli.error_output import CommandLineError, Reporter
from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pondpilot_secrets.secure import SecureString

EPILOG = """\b
The variables are those that the tools themselves know: AWS_…, PG…, MYSQL_PWD, HF_TOKEN, motherduck_token, …
The exit status is the program's own; 127 when there is no such program, 126 when it cannot be run.

\b
Examples:
  pond exec prod_s3 -- aws s3 ls s3://prod/
  pond exec warehouse -- psql
"""

NOT_FOUND, NOT_RUNNABLE = 127, 126
_MINE = "pond_exec_command"


class _NotRunError(CommandLineError):
    """Raised when the program was not started; with the exit status that a shell gives then."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class ExecCommand(click.Command):
    """`exec`, which leaves everything after the first `--` alone."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part the words at `--`."""
        if "--" in args:
            border = args.index("--")
            ctx.meta[_MINE] = args[border + 1 :]
            args = args[:border]
        return super().parse_args(ctx, args)


@click.command("exec", cls=ExecCommand, epilog=EPILOG, options_metavar="[OPTIONS]")
@click.argument("names", metavar="NAME... -- COMMAND...", nargs=-1, required=True, type=SECRET)
@global_options
@click.pass_context
def command(context: click.Context, names: tuple[str, ...]) -> int:
    """Run COMMAND with the variables of secrets, for that one program and its children."""
    from pondpilot_secrets.commands.environment import EnvironmentRequest
    from pondpilot_secrets.commands.registry import dispatch

    words: list[str] = context.meta.get(_MINE, [])
    if not words:
        raise CommandLineError("no command is given", hint="put it after `--`: `pond exec NAME -- COMMAND …`")
    invocation = context.ensure_object(Invocation)
    with invocation.session() as session:
        variables = dispatch(session, "environment", EnvironmentRequest(names)).variables
    sys.stdout.flush()
    try:
        return _run(words, variables)
    except _NotRunError as error:
        return Reporter(as_json=invocation.json, trace=False).command_line_error(error, error.status)
    finally:
        for value in variables.values():
            value.close()


def _run(words: Sequence[str], variables: Mapping[str, SecureString]) -> int:
    if sys.platform == "win32":
        return _run_as_child(words, variables)
    whole = dict(os.environb)
    for name, value in variables.items():
        with value.exposed() as view:
            whole[os.fsencode(name)] = bytes(view)
    from pondpilot_secrets.secure.own_process import restore_core_limit

    restore_core_limit()
    try:
        # The program takes this process's place, and with it goes every copy of a value that was in its memory.
        os.execvpe(words[0], list(words), whole)  # noqa: S606
    except (FileNotFoundError, ValueError):  # the latter for an empty word, which names no program
        raise _NotRunError(f"there is no program {words[0]!r}", NOT_FOUND) from None
    except OSError as error:
        why = (error.strerror or "").lower()
        raise _NotRunError(f"{words[0]!r} cannot be run: {why}", NOT_RUNNABLE) from None


def _run_as_child(words: Sequence[str], variables: Mapping[str, SecureString]) -> int:
    import shutil
    import subprocess

    program = shutil.which(words[0])
    if program is None:
        raise _NotRunError(f"there is no program {words[0]!r}", NOT_FOUND)
    whole = dict(os.environ)
    for name, value in variables.items():
        whole[name] = value.expose()
    with subprocess.Popen([program, *words[1:]], env=whole) as child:
        whole.clear()
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:  # the child has been told too, and decides
                continue
