"""The rows that one statement gives, read in batches, with DuckDB 1 and with DuckDB 2.

A relation of DuckDB 2 keeps no result and has no `fetchmany`, and every statement gives it one: those without rows give a
report, the count of changed rows or of nothing, which DuckDB 1 keeps to itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

Row: TypeAlias = "tuple[str | None, ...]"

_REPORTS = {("Count", "BIGINT"), ("Success", "BOOLEAN")}


def relation_of(con: duckdb.DuckDBPyConnection, statement: duckdb.Statement) -> duckdb.DuckDBPyRelation | None:
    """Run a statement, a query only once it is read; None when it has no rows to give."""
    import duckdb

    relation = con.sql(statement.query)
    if relation is None or _keeps_result(relation) or statement.type == duckdb.StatementType.SELECT:
        return relation
    columns = [(name, str(each)) for name, each in zip(relation.columns, relation.types, strict=True)]
    return None if len(columns) == 1 and columns[0] in _REPORTS else relation


def batch_reader(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation) -> Callable[[int], list[Row]]:
    """Return what gives the next rows, at most as many as it is asked for; empty at the end.

    With DuckDB 2 the rows are the connection's own result: its next statement ends them.
    """
    if _keeps_result(relation):
        return relation.fetchmany
    con.execute(relation.sql_query())
    kept = [relation]  # rows of a statement that has run are held by its relation

    def read(count: int) -> list[Row]:
        rows: list[Row] = con.fetchmany(count) if kept else []
        if not rows:
            kept.clear()
        return rows

    return read


def _keeps_result(relation: duckdb.DuckDBPyRelation) -> bool:
    return hasattr(relation, "fetchmany")
