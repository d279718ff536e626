"""What was injected into each DuckDB instance.

Secrets belong to an instance, which several connections share and which has no name of its own. So the first of our secrets
brings a mark with it: a temporary secret `__pondpilot_<hex>` without any value, whose scope no path ever has. It goes with
the last of ours. Connections that were seen before are remembered, so that asking again costs no query.
"""

from __future__ import annotations

import secrets
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pondpilot_secrets.injection.quoting import MARKER_PREFIX, folded, identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pondpilot_secrets.secret_types.base import References

_REMEMBERED = 4096
"""Instances that are remembered although no connection seen before is left: another handle may still use them."""

IN_MEMORY = "memory"
"""The storage of temporary secrets."""

UNKNOWN_REVISION = -1
"""The revision of a secret that we no longer believe to be up to date; no secret ever has it."""

_LISTING = "SELECT name, type, persistent, storage FROM duckdb_secrets()"


@dataclass(slots=True)
class Entry:
    """One secret of ours in an instance.

    Attributes:
        name: the name it was given, as DuckDB shows it.
        id: which secret of the vault it is.
        revision: which state of it.
        duckdb_type: its TYPE, by which a secret that took its place is told.
        kept: whether it stays until it is dropped, rather than until its last lease ends.
        leases: how many `with` blocks hold it.
        references: the DuckDB names of the secrets that its fields refer to, for creating it anew.
        lengths: how long its sensitive values are, in bytes, so that their copies can be written over when it goes.
        shown: whether it has a MAP (headers), which DuckDB does not redact: every listing of secrets copies it.
        scope: a path by which DuckDB finds it.
        for_attach: whether it was created to be attached.
        partial: whether fields of it are in the ATTACH only, because this DuckDB takes them nowhere else.
    """

    name: str
    id: str
    revision: int
    duckdb_type: str
    kept: bool = False
    leases: int = 0
    references: References = field(default_factory=dict)
    lengths: tuple[int, ...] = ()
    shown: bool = False
    scope: str = ""
    for_attach: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Attachment:
    """A database that we attached: by which secret of the vault, its name inside DuckDB, and how."""

    id: str
    secret_name: str
    read_only: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One line of `duckdb_secrets()`."""

    name: str
    duckdb_type: str
    persistent: bool
    storage: str


class Instance:
    """What is known of one DuckDB instance; hold `lock` while changing it."""

    __slots__ = ("__weakref__", "attachments", "entries", "extensions", "handles", "lock", "marker", "retired")

    def __init__(self, marker: str) -> None:
        self.marker = marker
        self.lock = threading.RLock()
        self.entries: dict[str, Entry] = {}  # by folded name
        self.attachments: dict[str, Attachment] = {}  # by alias
        self.extensions: set[str] = set()
        self.handles: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self.retired = False


_guard = threading.Lock()
_by_handle: weakref.WeakKeyDictionary[duckdb.DuckDBPyConnection, Instance] = weakref.WeakKeyDictionary()
_by_marker: OrderedDict[str, Instance] = OrderedDict()


def known(con: duckdb.DuckDBPyConnection) -> Instance | None:
    """Return what is known of a connection's instance without asking DuckDB; None when it was not seen before."""
    instance = _by_handle.get(con)
    return None if instance is None or instance.retired else instance


def extensions_loaded(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return the extensions that are known to be loaded in a connection's instance; add to it what is loaded since."""
    instance = _by_handle.get(con)  # a retired one knows them as well
    return set() if instance is None else instance.extensions


def instances_with(secret_id: str) -> list[Instance]:
    """Return the instances of this process that have a secret, as far as we know."""
    with _guard:
        return [
            instance
            for instance in _by_marker.values()
            if not instance.retired and any(entry.id == secret_id for entry in instance.entries.values())
        ]


def usable(handles: Iterable[duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection | None:
    """Return the first connection that is still open, or None."""
    return next((handle for handle in handles if _answers(handle)), None)


def _answers(handle: duckdb.DuckDBPyConnection) -> bool:
    try:
        handle.cursor().close()
    except Exception:  # noqa: BLE001 - closed, in whatever words
        return False
    return True


def rows(cursor: duckdb.DuckDBPyConnection) -> dict[str, list[Row]]:
    """Return the instance's secrets by folded name; one name may stand in several storages."""
    found: dict[str, list[Row]] = {}
    for name, duckdb_type, persistent, storage in cursor.execute(_LISTING).fetchall():
        found.setdefault(folded(name), []).append(Row(name, duckdb_type, persistent, storage))
    return found


def find(con: duckdb.DuckDBPyConnection, found: dict[str, list[Row]]) -> Instance | None:
    """Return the instance of a connection whose secrets were just listed, or None when nothing of ours is there."""
    instance = known(con)
    if instance is not None:
        return instance
    with _guard:
        return _marked(con, found)


def enter(con: duckdb.DuckDBPyConnection, cursor: duckdb.DuckDBPyConnection) -> tuple[Instance, dict[str, list[Row]]]:
    """Return the instance of a connection and its secrets, leaving our mark in an instance that has none."""
    instance = known(con)
    if instance is not None:
        return instance, rows(cursor)
    with _guard:
        # Listed under the guard, or two threads would each leave a mark.
        found = rows(cursor)
        instance = _marked(con, found)
        if instance is None:
            instance = _mark(cursor)
            _remember(con, instance)
    return instance, found


def retire(instance: Instance, cursor: duckdb.DuckDBPyConnection) -> None:
    """Take our mark away after the last of our secrets; the caller holds the instance's lock."""
    instance.retired = True
    with _guard:
        _by_marker.pop(instance.marker, None)
        cursor.execute(f"DROP TEMPORARY SECRET IF EXISTS {identifier(instance.marker)}")


def _marked(con: duckdb.DuckDBPyConnection, found: dict[str, list[Row]]) -> Instance | None:
    for name in found:
        if name.startswith(MARKER_PREFIX):
            instance = _by_marker.get(name)
            if instance is None:
                instance = Instance(name)  # forgotten since: its secrets count as somebody else's
            _remember(con, instance)
            return instance
    return None


def _mark(cursor: duckdb.DuckDBPyConnection) -> Instance:
    token = secrets.token_hex(8)
    marker = MARKER_PREFIX + token
    # A literal costs half of what a bound scope does, and holds nothing but our own hexadecimal digits.
    cursor.execute(f"CREATE TEMPORARY SECRET {identifier(marker)} (TYPE http, SCOPE 'pondpilot://{token}/')")
    return Instance(marker)


def _remember(con: duckdb.DuckDBPyConnection, instance: Instance) -> None:
    _by_handle[con] = instance
    instance.handles.add(con)
    _by_marker[instance.marker] = instance
    _by_marker.move_to_end(instance.marker)
    if len(_by_marker) > _REMEMBERED:
        for marker in [marker for marker, other in _by_marker.items() if not other.handles][: _REMEMBERED // 4]:
            del _by_marker[marker]
