"""Rows of a query in each format, written as they come; a table needs a first batch for its widths."""

from __future__ import annotations

import itertools
import sys
from typing import TYPE_CHECKING

from pondpilot_secrets.interfaces.cli.output import harmless_json, padded, painted, printable, say, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pondpilot_secrets.commands.querying import ResultSet
    from pondpilot_secrets.injection.statement_results import Row

MEASURED = 200
WIDEST = 60
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "UINT", "UBIGINT")


def write_rows(result: ResultSet, form: str, *, first: bool = True) -> None:
    """Write one result; a blank line goes before it where it is not the first."""
    if not first and form in ("table", "markdown", "csv"):
        say("")
    writers = {"table": _table, "csv": _csv, "json": _json, "jsonl": _json_lines, "markdown": _markdown}
    writers[form](result)
    sys.stdout.flush()


def _table(result: ResultSet) -> None:
    """Draw a table whose widths come from its first rows; a later cell that is wider moves its own line only."""
    headers = [printable(column) for column in result.columns]
    shown = ([_cell(cell) for cell in row] for row in result.rows)
    measured = list(itertools.islice(shown, MEASURED))
    widths = [max(map(width, column)) for column in zip(headers, *measured, strict=True)]
    right = [each.startswith(_NUMBERS) and "[" not in each for each in result.types]
    say(painted(_line(headers, widths, right), "bold", sys.stdout))
    say("  ".join("─" * columns for columns in widths))
    count = 0
    for row in itertools.chain(measured, shown):
        count += 1
        say(_line(row, widths, right))
    say(painted(f"({count} row{'' if count == 1 else 's'})", "dim", sys.stdout))


def _cell(cell: str | None) -> str:
    text = "NULL" if cell is None else printable(cell)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = (padded(cell, columns, right=end) for cell, columns, end in zip(cells, widths, right, strict=True))
    return "  ".join(parts).rstrip()


def _csv(result: ResultSet) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in result.rows)


def _json(result: ResultSet) -> None:
    sys.stdout.write("[")
    for number, line in enumerate(_objects(result)):
        sys.stdout.write((",\n " if number else "\n ") + line)
    sys.stdout.write("\n]\n")


def _json_lines(result: ResultSet) -> None:
    for line in _objects(result):
        say(line)


def _objects(result: ResultSet) -> Iterator[str]:
    import json

    keys = [harmless_json(json.dumps(name, ensure_ascii=False)) for name in _unique(result.columns)]
    for row in result.rows:
        yield "{" + ", ".join(f"{key}: {_strict(cell)}" for key, cell in zip(keys, row, strict=True)) + "}"


def _strict(cell: str | None) -> str:
    """DuckDB writes NaN and Infinity inside lists and structs, which JSON does not know."""
    if cell is None:
        return "null"
    if "NaN" not in cell and "Infinity" not in cell:
        return harmless_json(cell)
    import json

    return harmless_json(json.dumps(json.loads(cell, parse_constant=lambda _: None), ensure_ascii=False))


def _unique(names: Iterable[str]) -> Iterator[str]:
    """Tell columns of the same name apart as DuckDB does, `a`, `a_1`, …, and from others that are called so."""
    given = list(names)
    used: set[str] = set()
    for name in given:
        made, number = name, 0
        while made in used or (number and made in given):
            number += 1
            made = f"{name}_{number}"
        used.add(made)
        yield made


def _markdown(result: ResultSet) -> None:
    say(_markdown_line(result.columns))
    say("|" + "---|" * len(result.columns))
    for row in result.rows:
        say(_markdown_line(["" if cell is None else cell for cell in row]))


def _markdown_line(row: Row | Sequence[str]) -> str:
    cells = (printable((cell or "").replace("|", "\\|").replace("\n", "<br>")) for cell in row)
    return "| " + " | ".join(cells) + " |"
