"""A small prompt over a DuckDB of our own process, for where DuckDB's own shell cannot be used."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.duckdb_program import package_version, program_hint
from pondpilot_secrets.commands.query import PromptRequest, QueryRequest
from pondpilot_secrets.commands.registry import dispatch
from pondpilot_secrets.interfaces.cli.output import note
from pondpilot_secrets.interfaces.cli.row_writers import write_results

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pondpilot_secrets.interfaces.cli.invocation import Invocation

PROMPT, CONTINUED = "pond> ", "  ... "


def run(invocation: Invocation, names: Sequence[str], sql: str | None, database: str, *, read_only: bool) -> int:
    """Run the SQL, or else statements until the end of input or `.quit`, and show their results."""
    if sql is not None:
        with invocation.session() as session:
            query = QueryRequest(sql, tuple(names), database, read_only)
            write_results(dispatch(session, "query", query), "table")
        return 0
    statements = _statements()
    with invocation.session(ask_statement=lambda: next(statements, None)) as session:
        batches = dispatch(session, "prompt", PromptRequest(tuple(names), database, read_only))
        note("DuckDB's own shell is not here, this is a small prompt instead")
        note(program_hint(package_version()))
        note("end a statement with `;`, leave with .quit")
        with contextlib.suppress(ImportError):
            import readline  # noqa: F401 - importing it is what makes lines editable
        write_results(batches, "table")
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
