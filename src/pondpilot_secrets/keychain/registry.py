"""Which stores there are: a row each. What needs to be known of a store is asked of its row.

A store of our own is one file and one row here. A store of somebody else's is an entry point of the group
`pondpilot_secrets.stores` that names a `StoreKind`, class or instance; entry points are looked at only for a name that no
row has, because finding them takes longer than listing all secrets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import UsageError
from pondpilot_secrets.keychain.file_store import FileStore
from pondpilot_secrets.keychain.memory import MemoryStore
from pondpilot_secrets.keychain.store_kind import Capability, StoreKind
from pondpilot_secrets.keychain.system_store import SystemStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "pondpilot_secrets.stores"

STORES: tuple[StoreKind, ...] = (SystemStore(), FileStore(), MemoryStore())
"""Every store of our own; `auto` takes the first of those it may choose that can be used."""


def names() -> tuple[str, ...]:
    """Return the names of our own stores that people may choose."""
    return tuple(kind.name for kind in STORES if kind.can(Capability.PERSISTENT))


def get(name: str) -> StoreKind:
    """Return the row of a store; looks for an installed package that brings it where it has none.

    Raises `UsageError` (1022) where there is none of that name, or where the package's does not load.
    """
    for kind in STORES:
        if kind.name == name:
            return kind
    found = _entry_points()
    for point in found:
        if point.name == name:
            return _load(point)
    known = ", ".join([*names(), *sorted(point.name for point in found)])
    raise UsageError(f"there is no store named {name!r}", hint=f"POND_STORE is auto or one of: {known}")


def _entry_points() -> Sequence[EntryPoint]:
    from importlib.metadata import entry_points  # not at the top: 15 ms

    return tuple(entry_points(group=ENTRY_POINTS))


def _load(point: EntryPoint) -> StoreKind:
    try:
        loaded = point.load()
        kind = loaded() if isinstance(loaded, type) else loaded
    except Exception as error:  # a package of somebody else may raise anything
        log.debug("keychain", "the entry point %s did not load: %s", point.value, type(error).__name__)
        raise UsageError(
            f"the store {point.name!r} of {point.value} does not load: {type(error).__name__}",
            hint="reinstall the package that brings it, or ask those who make it",
        ) from error
    if not isinstance(kind, StoreKind) or kind.name != point.name:
        raise UsageError(
            f"{point.value} is no store named {point.name!r}",
            hint=f"an entry point of {ENTRY_POINTS} names a StoreKind whose `name` is that of the entry point",
        )
    return kind
