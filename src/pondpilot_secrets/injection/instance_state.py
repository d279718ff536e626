"""What was injected into each DuckDB instance.

Secrets belong to an instance, which several connections share and which has no name of its own. So the first of our secrets
brings a marker with it: a temporary secret `__pondpilot_<hex>` without any value, whose scope no path ever has. It goes with
the last of them. Connections that were seen before are remembered, so that asking again costs no query.
"""

from __future__ import annotations

import secrets
import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets import log
from pondpilot_secrets.injection.quoting import MARKER_PREFIX, folded, identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from pondpilot_secrets.secret_types.base import References

IN_MEMORY = "memory"
"""The storage of temporary secrets."""

UNKNOWN_REVISION = -1
"""The revision of a secret that we no longer believe to be up to date; no secret ever has it."""

_LISTING = "SELECT name, type, persistent, storage FROM duckdb_secrets()"


@dataclass(slots=True)
class AppliedSecret:
    """A secret that we created in an instance.

    Attributes:
        name: the name it was given, as DuckDB shows it.
        id: which secret of the vault it is.
        revision: which state of it.
        duckdb_type: its TYPE, by which a secret that took its place is told.
        kept: whether it stays until it is dropped, rather than until its last lease ends.
        leases: how many `with` blocks hold it.
        references: the DuckDB names of the secrets that its fields refer to, for creating it again.
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
class SecretRow:
    """One line of `duckdb_secrets()`."""

    name: str
    duckdb_type: str
    persistent: bool
    storage: str


SecretRows: TypeAlias = dict[str, list[SecretRow]]
"""The secrets of an instance by folded name; one name may stand in several storages."""


class InstanceState:
    """What is known of one DuckDB instance; hold `lock` while changing it."""

    __slots__ = ("__weakref__", "attachments", "detached", "entries", "extensions", "handles", "lock", "marker")

    def __init__(self, marker: str) -> None:
        self.marker = marker
        self.lock = threading.RLock()
        self.entries: dict[str, AppliedSecret] = {}  # by folded name
        self.attachments: dict[str, Attachment] = {}  # by alias
        self.extensions: set[str] = set()
        self.handles: weakref.WeakSet[duckdb.DuckDBPyConnection] = weakref.WeakSet()
        self.detached = False


class InstanceStates:
    """The states of the instances of this process; remembers at most about `limit` that no connection is left to."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._guard = threading.Lock()
        self._by_handle: weakref.WeakKeyDictionary[duckdb.DuckDBPyConnection, InstanceState] = (
            weakref.WeakKeyDictionary()
        )
        self._by_marker: OrderedDict[str, InstanceState] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_marker)

    def state_of(self, con: duckdb.DuckDBPyConnection) -> InstanceState | None:
        """Return what is known of a connection's instance without asking DuckDB; None when it was not seen before."""
        state = self._by_handle.get(con)
        return None if state is None or state.detached else state

    def extensions_loaded(self, con: duckdb.DuckDBPyConnection) -> set[str]:
        """Return the extensions that are known to be loaded in a connection's instance; add what is loaded since."""
        state = self._by_handle.get(con)  # a detached one knows them as well
        return set() if state is None else state.extensions

    def instances_with(self, secret_id: str) -> list[InstanceState]:
        """Return the states of the instances of this process that have a secret, as far as we know."""
        with self._guard:
            return [
                state
                for state in self._by_marker.values()
                if not state.detached and any(entry.id == secret_id for entry in state.entries.values())
            ]

    def find_state(self, con: duckdb.DuckDBPyConnection, found: SecretRows) -> InstanceState | None:
        """Return the state of an instance whose secrets were just listed, or None when nothing there is ours."""
        state = self.state_of(con)
        if state is not None:
            return state
        with self._guard:
            return self._by_marker_in(con, found)

    def attach_state(
        self, con: duckdb.DuckDBPyConnection, cursor: duckdb.DuckDBPyConnection
    ) -> tuple[InstanceState, SecretRows]:
        """Return the state of a connection's instance and its secrets, leaving a marker in one that has none."""
        state = self.state_of(con)
        if state is not None:
            return state, list_secrets(cursor)
        with self._guard:
            # Listed under the guard, or two threads would each leave a marker.
            found = list_secrets(cursor)
            state = self._by_marker_in(con, found)
            if state is None:
                state = InstanceState(_create_marker(cursor))
                self.remember(con, state)
        return state, found

    def detach_state(self, state: InstanceState, cursor: duckdb.DuckDBPyConnection) -> None:
        """Drop the marker after the last of our secrets; the caller holds the instance's lock."""
        state.detached = True
        with self._guard:
            self._by_marker.pop(state.marker, None)
            cursor.execute(f"DROP TEMPORARY SECRET IF EXISTS {identifier(state.marker)}")

    def remember(self, con: duckdb.DuckDBPyConnection, state: InstanceState) -> None:
        """Note whose connection this is, and forget a few instances where too many are remembered."""
        self._by_handle[con] = state
        state.handles.add(con)
        self._by_marker[state.marker] = state
        self._by_marker.move_to_end(state.marker)
        if len(self._by_marker) > self._limit:
            unreachable = [marker for marker, other in self._by_marker.items() if not other.handles]
            for marker in unreachable[: self._limit // 4]:
                del self._by_marker[marker]

    def _by_marker_in(self, con: duckdb.DuckDBPyConnection, found: SecretRows) -> InstanceState | None:
        for name in found:
            if name.startswith(MARKER_PREFIX):
                state = self._by_marker.get(name)
                if state is None:
                    state = InstanceState(name)  # forgotten since: its secrets count as somebody else's
                    log.debug("injection", "an instance is met again that was forgotten since")
                self.remember(con, state)
                return state
        return None


_states = InstanceStates(limit=4096)
state_of = _states.state_of
extensions_loaded = _states.extensions_loaded
instances_with = _states.instances_with
find_state = _states.find_state
attach_state = _states.attach_state
detach_state = _states.detach_state


def open_connection(handles: Iterable[duckdb.DuckDBPyConnection]) -> duckdb.DuckDBPyConnection | None:
    """Return the first connection that is still open, or None."""
    return next((handle for handle in handles if _is_open(handle)), None)


def _is_open(handle: duckdb.DuckDBPyConnection) -> bool:
    try:
        handle.cursor().close()
    except Exception:  # noqa: BLE001 - closed, in whatever words
        return False
    return True


def list_secrets(cursor: duckdb.DuckDBPyConnection) -> SecretRows:
    """Return the instance's secrets."""
    found: SecretRows = {}
    for name, duckdb_type, persistent, storage in cursor.execute(_LISTING).fetchall():
        found.setdefault(folded(name), []).append(SecretRow(name, duckdb_type, persistent, storage))
    return found


def _create_marker(cursor: duckdb.DuckDBPyConnection) -> str:
    token = secrets.token_hex(8)
    marker = MARKER_PREFIX + token
    # A literal costs half of what a prepared statement's scope does, and holds nothing but our own hexadecimal digits.
    cursor.execute(f"CREATE TEMPORARY SECRET {identifier(marker)} (TYPE http, SCOPE 'pondpilot://{token}/')")
    return marker
