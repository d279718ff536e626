"""Rows of a query in each format, written as they come; a table needs a first batch for its widths."""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.interfaces.cli.error_output import write_problem
from pondpilot_secrets.interfaces.cli.output import escape_json, escape_text, pad, paint, say, width

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pondpilot_secrets.commands.query import Row, RowBatch

MEASURED = 200
WIDEST = 60
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "UINT", "UBIGINT")


@dataclass(frozen=True, slots=True)
class ResultRows:
    """The rows of one statement, as they come."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: Iterator[Row]


def write_results(batches: Iterator[RowBatch], form: str) -> None:
    """Write the result of each statement as its rows come, a blank line between them."""
    writers = {"table": _table, "csv": _csv, "json": _json, "jsonl": _json_lines, "markdown": _markdown}
    for number, first in enumerate(batches):
        if number and form in ("table", "markdown", "csv"):
            say("")
        rows = _rows(first, batches)
        if first.problem is None:
            writers[form](ResultRows(first.columns, first.types, rows))
        else:
            write_problem(first.problem)
        sys.stdout.flush()


def _rows(batch: RowBatch, further: Iterator[RowBatch]) -> Iterator[Row]:
    yield from batch.rows
    while batch.more:
        batch = next(further)
        if batch.problem is not None:
            write_problem(batch.problem)
        yield from batch.rows


def _table(result: ResultRows) -> None:
    """Draw a table whose widths come from its first rows; a later cell that is wider moves its own line only."""
    headers = [escape_text(column) for column in result.columns]
    shown = ([_cell(cell) for cell in row] for row in result.rows)
    measured = list(itertools.islice(shown, MEASURED))
    widths = [max(map(width, column)) for column in zip(headers, *measured, strict=True)]
    right = [each.startswith(_NUMBERS) and "[" not in each for each in result.types]
    say(paint(_line(headers, widths, right), "bold", sys.stdout))
    say("  ".join("─" * columns for columns in widths))
    count = 0
    for row in itertools.chain(measured, shown):
        count += 1
        say(_line(row, widths, right))
    say(paint(f"({count} row{'' if count == 1 else 's'})", "dim", sys.stdout))


def _cell(cell: str | None) -> str:
    text = "NULL" if cell is None else escape_text(cell)
    return text if len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    parts = (pad(cell, columns, right=end) for cell, columns, end in zip(cells, widths, right, strict=True))
    return "  ".join(parts).rstrip()


def _csv(result: ResultRows) -> None:
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(result.columns)
    writer.writerows(["" if cell is None else cell for cell in row] for row in result.rows)


def _json(result: ResultRows) -> None:
    sys.stdout.write("[")
    for number, line in enumerate(_objects(result)):
        sys.stdout.write((",\n " if number else "\n ") + line)
    sys.stdout.write("\n]\n")


def _json_lines(result: ResultRows) -> None:
    for line in _objects(result):
        say(line)


def _objects(result: ResultRows) -> Iterator[str]:
    import json

    keys = [escape_json(json.dumps(name, ensure_ascii=False)) for name in _unique(result.columns)]
    for row in result.rows:
        yield "{" + ", ".join(f"{key}: {_strict(cell)}" for key, cell in zip(keys, row, strict=True)) + "}"


def _strict(cell: str | None) -> str:
    """DuckDB writes NaN and Infinity inside lists and structs, which JSON does not know."""
    if cell is None:
        return "null"
    if "NaN" not in cell and "Infinity" not in cell:
        return escape_json(cell)
    import json

    return escape_json(json.dumps(json.loads(cell, parse_constant=lambda _: None), ensure_ascii=False))


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


def _markdown(result: ResultRows) -> None:
    say(_markdown_line(result.columns))
    say("|" + "---|" * len(result.columns))
    for row in result.rows:
        say(_markdown_line(["" if cell is None else cell for cell in row]))


def _markdown_line(row: Row | Sequence[str]) -> str:
    cells = (escape_text((cell or "").replace("|", "\\|").replace("\n", "<br>")) for cell in row)
    return "| " + " | ".join(cells) + " |"
