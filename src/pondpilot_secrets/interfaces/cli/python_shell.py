"""A small prompt over a DuckDB of our own process, for where DuckDB's own shell is not to be had."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.interfaces.cli.output import note

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from pondpilot_secrets.commands.querying import QueryRequest
    from pondpilot_secrets.commands.session import Session

PROMPT, CONTINUED = "pond> ", "  ... "


def run(session: Session, names: Sequence[str], sql: str | None, database: str, *, read_only: bool) -> int:
    """Read statements until the end of input or `.quit`, and show their results."""
    from pondpilot_secrets.commands.querying import QueryRequest, opened

    request = QueryRequest(sql or "", tuple(names), database, read_only)
    with opened(session, request) as con:
        if sql is not None:
            _execute(session, request, con, sql, stop=True)
            return 0
        note("DuckDB's own shell is not here (`pip install duckdb-cli` brings it): this is a small prompt instead")
        note("end a statement with `;`, leave with .quit")
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - importing it is what makes lines editable
        for statement in _statements():
            _execute(session, request, con, statement, stop=False)
    return 0


def _statements() -> Iterator[str]:
    lines: list[str] = []
    while True:
        try:
            line = input((CONTINUED if lines else PROMPT) if sys.stdin.isatty() else "")
        except EOFError:
            if any(line.strip() for line in lines):
                yield "\n".join(lines)
            return
        except KeyboardInterrupt:
            sys.stderr.write("\n")
            lines.clear()
            continue
        if not lines and line.strip() in (".quit", ".exit", "exit", "quit"):
            return
        lines.append(line)
        if line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines.clear()


def _execute(session: Session, request: QueryRequest, con: duckdb.DuckDBPyConnection, sql: str, *, stop: bool) -> None:
    from dataclasses import replace

    from pondpilot_secrets.commands.querying import results_of
    from pondpilot_secrets.interfaces.cli.error_output import write_error
    from pondpilot_secrets.interfaces.cli.rows import write_rows

    try:
        for number, result in enumerate(results_of(session, replace(request, sql=sql), con)):
            write_rows(result, "table", first=number == 0)
    except DuckDBIntegrationError as error:
        if stop:
            raise
        write_error(error.message, error.hint)
