"""Overwriting residual memory: the copies of a value that DuckDB leaves in memory which it has freed.

On its way into a secret DuckDB copies a value several times, and frees those copies without erasing them; dropping
the secret frees the last one the same way. A statement that is given blanks of the same lengths is given the same blocks by
DuckDB's allocators, and so writes over what they hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.injection.prepared_statement import execute
from pondpilot_secrets.secure.heap_scrubbing import scrub_freed_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_TIMES = 3
"""Blanks for each value: as many copies of one length as DuckDB was seen to free at once."""

_LONGEST = 1 << 20
"""Bytes; blanks for a longer value would cost more memory than they are worth."""


def overwrite(cursor: duckdb.DuckDBPyConnection, lengths: Sequence[int]) -> None:
    """Give blanks of these lengths (bytes) to a statement that does nothing.

    What it overwrites is rubbish already, so a failure (an aborted transaction, an interrupt) is no error.
    """
    blanks = [" " * length for length in lengths if length <= _LONGEST]
    if blanks:
        parameters = ", ".join(f"${number}" for number in range(1, len(blanks) + 1) for _ in range(_TIMES))
        try:
            execute(cursor, f"SELECT {parameters}", blanks)
        except Exception as error:  # noqa: BLE001 - what is there is rubbish already, and is overwritten as it is reused
            log.debug("injection", "freed memory was not overwritten: %s", type(error).__name__)
    for length in set(lengths):
        scrub_freed_blocks(length)
