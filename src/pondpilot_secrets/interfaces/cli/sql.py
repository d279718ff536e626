"""`pond sql`: run SQL with secrets applied."""

from __future__ import annotations

import sys
from typing import IO

import click

from pondpilot_secrets.interfaces.cli.invocation import Invocation, global_options, pass_invocation
from pondpilot_secrets.interfaces.cli.parameter_types import SECRET

EPILOG = """\b
Databases of secrets (postgres, mysql, ducklake, …) are attached under the secret's own name, read-only; those of MotherDuck
keep their own names, and can be written to as far as the token allows.

\b
Examples:
  pond sql warehouse -c "FROM warehouse.public.orders LIMIT 5"
  pond sql prod_s3 warehouse -f report.sql --csv > report.csv
  echo "FROM 's3://prod/events/*.parquet' LIMIT 5" | pond sql prod_s3 --json
"""

FORMATS = ("table", "csv", "json", "jsonl", "markdown")


@click.command("sql", epilog=EPILOG)
@click.argument("names", metavar="[NAME]...", nargs=-1, type=SECRET)
@click.option("-c", "--command", "sql", metavar="SQL", help="The SQL to run.")
@click.option("-f", "--file", "file", type=click.File("r", encoding="utf-8"), metavar="FILE", help="A file with it.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="How rows look; a table when left out.")
@click.option("--csv", is_flag=True, help="The same as --format csv.")
@click.option("--database", default=":memory:", metavar="FILE", help="A DuckDB database file to open.")
@click.option("--read-write", is_flag=True, help="Allow writing to what is attached and to the database file.")
@global_options
@pass_invocation
def command(
    invocation: Invocation,
    names: tuple[str, ...],
    sql: str | None,
    file: IO[str] | None,
    form: str | None,
    csv: bool,
    database: str,
    read_write: bool,
) -> None:
    """Run SQL in a new DuckDB with secrets applied; rows go to standard output as they come."""
    from pondpilot_secrets.commands.query import QueryRequest
    from pondpilot_secrets.commands.registry import dispatch
    from pondpilot_secrets.interfaces.cli.row_writers import write_results

    form = _format(form, csv=csv, json=invocation.json)
    text = _sql(sql, None if file is None else _read(file))
    request = QueryRequest(text, names, database, read_only=not read_write, json_cells=form in ("json", "jsonl"))
    with invocation.session() as session:
        write_results(dispatch(session, "query", request), form)


def _format(form: str | None, *, csv: bool, json: bool) -> str:
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    asked = {form} if form else set()
    asked |= {"csv"} if csv else set()
    if json and form != "jsonl":
        asked.add("json")
    if len(asked) > 1:
        raise CommandLineError(f"rows cannot be {' and '.join(sorted(asked))} at once", hint="give one format")
    return asked.pop() if asked else "table"


def _read(file: IO[str]) -> str:
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    try:
        return file.read()
    except UnicodeDecodeError:
        raise CommandLineError("the SQL is not UTF-8 text") from None


def _sql(sql: str | None, file: str | None) -> str:
    from pondpilot_secrets.interfaces.cli.error_output import CommandLineError

    if sql is not None and file is not None:
        raise CommandLineError("give the SQL with -c or with -f, not both")
    text = sql if sql is not None else file
    if text is None and not sys.stdin.isatty():
        text = _read(sys.stdin)
    if text is None or not text.strip():
        raise CommandLineError(
            "no SQL is given", hint="give it with -c, with -f FILE, or on standard input; `pond shell` opens a prompt"
        )
    return text
