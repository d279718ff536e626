"""SQLite connections after a fork: each process opens its own, and first closes those that it inherited.

SQLite's locks do not survive a fork. A child that goes on with its parent's connection believes in locks that it does not
have, and so does every new connection of the child to the same file, because they share what SQLite knows of it; the child
would then write to a log that the parent deletes when it closes. A library installs nothing in the process of its host for
that: each use of a connection looks at the process's number first, which takes 0.1 µs.

Closing an inherited connection takes nothing from the parent: the child holds none of the locks that it gives up.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import VaultError

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path


class _UseLock:
    """A reentrant lock that still tells, in a forked child, whether a thread of the parent was inside."""

    __slots__ = ("_lock", "depth")

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self.depth = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1
        self._lock.release()


class ForkSafe:
    """Holds one connection under one lock. Where `_connection` is None, the next use opens one."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = connection
        self._own_lock = _UseLock()
        _holders.add(self)

    @property
    def _lock(self) -> _UseLock:
        """The lock of this process, in which no thread of the parent can be."""
        _leave_parent()
        return self._own_lock

    def _drop_inherited(self) -> None:
        """In a forked child, drop the connection, and take a lock that no thread of the parent holds."""
        connection, self._connection = self._connection, None
        in_use = self._own_lock.depth > 0
        self._own_lock = _UseLock()
        if connection is None:
            return
        if in_use:
            _kept.append(connection)
            _torn.add(self.path.resolve())
            return
        try:
            connection.close()
        except Exception as error:  # noqa: BLE001 - what was committed is safe, whatever closing says
            log.debug("secure", "closing an inherited connection: %s", type(error).__name__)


_holders: weakref.WeakSet[ForkSafe] = weakref.WeakSet()
_kept: list[sqlite3.Connection] = []
"""Connections that the parent was using as it forked: closing one could wait for ever, or undo the parent's work."""
_torn: set[Path] = set()
_process = [os.getpid()]
"""The process whose connections these are."""
_leaving: dict[int, threading.Lock] = {}


def close_inherited(path: Path) -> None:
    """In a forked child, close what was inherited, once; call it before a connection to `path` is opened.

    Raises `VaultError` where the parent was using the file at the very moment of the fork: SQLite is then of no more use
    for that file in this process.
    """
    _leave_parent()
    if _torn and path.resolve() in _torn:
        raise VaultError(
            f"this process was forked while another thread was using {path}",
            hint="start worker processes by `spawn` or `forkserver`, or before other threads use the vault",
        )


def _leave_parent() -> None:
    if _process[0] == os.getpid():
        return
    # The lock is made in the child: one from before the fork could be held by a thread that is not here.
    with _leaving.setdefault(os.getpid(), threading.Lock()):
        if _process[0] != os.getpid():
            for holder in list(_holders):
                holder._drop_inherited()
            _process[0] = os.getpid()
