"""`pond shell`: the official DuckDB command line, with secrets applied."""

from __future__ import annotations

import sys

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

EPILOG = """\b
Databases of secrets (postgres, mysql, ducklake, …) are attached under the secret's own name, read-only; those of MotherDuck
keep their own names, and can be written to as far as the token allows.
The shell is DuckDB's own, from the Python package duckdb-cli or from PATH; your ~/.duckdbrc is read as usual. Words
after `--` go to it as they are.

\b
Examples:
  pond shell warehouse prod_s3
  pond shell warehouse -c "SHOW ALL TABLES"
  pond shell warehouse --database notes.duckdb --read-write -- -csv
"""

_REST = "pond_shell_rest"


class ShellCommand(click.Command):
    """`shell`, which leaves everything after the first `--` alone."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Part the words at `--`."""
        if "--" in args:
            border = args.index("--")
            ctx.meta[_REST] = args[border + 1 :]
            args = args[:border]
        return super().parse_args(ctx, args)


@click.command("shell", cls=ShellCommand, epilog=EPILOG)
@click.argument("names", metavar="[NAME]...", nargs=-1, type=SECRET)
@click.option("-c", "--command", "sql", metavar="SQL", help="Run SQL and leave.")
@click.option("--database", default=":memory:", metavar="FILE", help="A DuckDB database file to open.")
@click.option("--read-write", is_flag=True, help="Allow writing to what is attached and to the database file.")
@global_options
@click.pass_context
def command(context: click.Context, names: tuple[str, ...], sql: str | None, database: str, read_write: bool) -> int:
    """Open the DuckDB shell with secrets applied."""
    from pondpilot_secrets.interfaces.cli import duckdb_shell

    # The shell takes its words in their order: an output format after the SQL would come too late.
    words = [*context.meta.get(_REST, []), *([] if sql is None else ["-c", sql])]
    if not read_write and database != ":memory:":
        words.insert(0, "-readonly")
    invocation = context.ensure_object(Invocation)
    program = None if sys.platform == "win32" else duckdb_shell.find()
    if program is not None:
        with invocation.session() as session:
            return duckdb_shell.run(session, program, names, [database, *words], read_only=not read_write)
    if context.meta.get(_REST):
        from pondpilot_secrets.commands.duckdb_program import package_version, program_hint
        from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

        raise CommandLineError(
            "words after `--` are for DuckDB's own shell, which is not here", hint=program_hint(package_version())
        )
    from pondpilot_secrets.interfaces.cli import python_shell

    return python_shell.run(invocation, names, sql, database, read_only=not read_write)
