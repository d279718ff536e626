"""Which secret types there are: every file in `catalog` is one, found by name and imported only when asked for."""

from __future__ import annotations

import functools
import importlib
import pkgutil
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secret_types import catalog
from pondpilot_secrets.secret_types.suggestions import did_you_mean

if TYPE_CHECKING:
    from pondpilot_secrets.secret_types.base import SecretType


@functools.cache
def names() -> tuple[str, ...]:
    """Return the names of all types, sorted, without importing any."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(catalog.__path__)))


def get(name_or_alias: str) -> SecretType:
    """Return the type of that name or alias, in any case and with `-` for `_`.

    Raises `InvalidCredentialsError` for an unknown one, suggesting the nearest.
    """
    wanted = name_or_alias.strip().lower().replace("-", "_")
    if wanted in names():
        return _load(wanted)
    for secret_type in all_types():
        if wanted in secret_type.aliases:
            return secret_type
    known = [*names(), *(alias for secret_type in all_types() for alias in secret_type.aliases)]
    raise InvalidCredentialsError(
        "there is no secret type of that name", field="type", hint=did_you_mean(wanted, known, shown=names())
    )


def all_types() -> tuple[SecretType, ...]:
    """Return every type, sorted by name; imports every file of the catalog."""
    return tuple(_load(name) for name in names())


@functools.cache
def _load(name: str) -> SecretType:
    module = importlib.import_module(f"{catalog.__name__}.{name}")
    secret_type: SecretType = module.SECRET_TYPE
    return secret_type
