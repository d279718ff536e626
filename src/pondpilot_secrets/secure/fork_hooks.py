"""What the two sides of a fork must not share: SQLite's locks do not survive one.

A child that goes on with its parent's connection believes in locks that it does not have, and writes to a log that the
parent deletes when it closes. So connections are closed while the process forks, and each side opens its own when it next
needs one.
"""

from __future__ import annotations

import contextlib
import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

_PATIENCE = 5.0
"""Seconds that a fork waits for another thread to be done with a connection."""


class Forkable:
    """Holds one connection under one lock. Where `_connection` is None, whoever needs one opens it anew."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection: sqlite3.Connection | None = connection
        self._lock = threading.RLock()
        _open.add(self)

    def before_fork(self) -> None:
        """Close the connection while the process forks, unless a transaction is under way on it."""
        if self._lock.acquire(timeout=_PATIENCE) and self._connection is not None:
            if self._connection.in_transaction:
                return
            with contextlib.suppress(Exception):  # what was committed is safe, whatever closing says
                self._connection.close()
            self._connection = None

    def after_fork_in_parent(self) -> None:
        """Go on as before."""
        with contextlib.suppress(RuntimeError):  # another thread kept the lock, so that it was never taken
            self._lock.release()

    def after_fork_in_child(self) -> None:
        """Start with a lock that no thread of the parent holds, and with a connection of the child's own."""
        self._lock = threading.RLock()
        if self._connection is not None:
            _inherited.append(self._connection)  # forked within a transaction, which stays the parent's
        self._connection = None


_open: weakref.WeakSet[Forkable] = weakref.WeakSet()
_inherited: list[sqlite3.Connection] = []
"""The parent's connections in a forked child: closing one would undo the parent's locks, so they are kept."""


def _for_all(call: Callable[[Forkable], None]) -> Callable[[], None]:
    def run() -> None:
        for each in list(_open):
            call(each)

    return run


if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_for_all(lambda each: each.before_fork()),
        after_in_parent=_for_all(lambda each: each.after_fork_in_parent()),
        after_in_child=_for_all(lambda each: each.after_fork_in_child()),
    )
