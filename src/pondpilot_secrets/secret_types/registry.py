"""Which secret types there are: every file in `catalog` is one, found by name and imported only when asked for.

A type of somebody else's is an entry point of the group `pondpilot_secrets.secret_types` that names a `SecretType`. Entry
points are looked at only for a name that no type or alias in `catalog` has: finding them takes longer than listing all
secrets.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

from pondpilot_secrets import log
from pondpilot_secrets.errors import InvalidCredentialsError, UsageError
from pondpilot_secrets.secret_types import catalog
from pondpilot_secrets.secret_types.suggestions import did_you_mean

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from pondpilot_secrets.secret_types.base import SecretType

ENTRY_POINTS = "pondpilot_secrets.secret_types"


@functools.cache
def names() -> tuple[str, ...]:
    """Return the names of our own types, sorted, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(catalog.__path__)))


def get(name_or_alias: str) -> SecretType:
    """Return the type of that name or alias, in any case and with `-` for `_`.

    Raises `InvalidCredentialsError` for an unknown one, suggesting the nearest, and `UsageError` (1022) for one of an
    installed package that does not load.
    """
    secret_type = find(name_or_alias)
    if secret_type is not None:
        return secret_type
    shown = [*names(), *installed_names()]
    known = [*shown, *(alias for secret_type in all_types() for alias in secret_type.aliases)]
    raise InvalidCredentialsError(
        "there is no secret type of that name", field="type", hint=did_you_mean(_key(name_or_alias), known, shown=shown)
    )


def find(name_or_alias: str) -> SecretType | None:
    """Return what `get` does, and None for an unknown type; raises `UsageError` as it does."""
    key = _key(name_or_alias)
    if key in names():
        return _load(key)
    for secret_type in all_types():
        if key in secret_type.aliases:
            return secret_type
    return _load_installed(key)


def all_types() -> tuple[SecretType, ...]:
    """Return every type of our own, sorted by name; imports every file of the catalog."""
    return tuple(_load(name) for name in names())


def installed_names() -> tuple[str, ...]:
    """Return the names of the types that other installed packages bring, without importing any; takes 15 ms."""
    return tuple(sorted(_entry_points()))


def _key(name_or_alias: str) -> str:
    return name_or_alias.strip().lower().replace("-", "_")


@functools.cache
def _load(name: str) -> SecretType:
    module = importlib.import_module(f"{catalog.__name__}.{name}")
    secret_type: SecretType = module.SECRET_TYPE
    return secret_type


def _entry_points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # not at the top: 15 ms

    return {point.name: point for point in entry_points(group=ENTRY_POINTS)}


@functools.cache
def _load_installed(name: str) -> SecretType | None:
    from pondpilot_secrets.secret_types.base import SecretType

    point = _entry_points().get(name)
    if point is None:
        return None
    try:
        secret_type = point.load()
    except Exception as error:  # a package of somebody else may raise anything
        log.debug("secret_types", "the entry point %s did not load: %s", point.value, type(error).__name__)
        raise UsageError(
            f"the secret type {name!r} of {point.value} does not load: {type(error).__name__}",
            hint="reinstall the package that brings it, or ask those who make it",
        ) from error
    if not isinstance(secret_type, SecretType) or secret_type.name != name:
        raise UsageError(
            f"{point.value} is no secret type named {name!r}",
            hint=f"an entry point of {ENTRY_POINTS} names a SecretType whose `name` is that of the entry point",
        )
    return secret_type
