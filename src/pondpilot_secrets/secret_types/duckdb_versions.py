"""What a DuckDB of a given version takes of a secret, by the `since` of its type, provider and fields."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.secret_types.base import Field, Provider, SecretType

Version: TypeAlias = tuple[int, int, int]

_NUMBERS = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


def parse_version(text: str) -> Version:
    """Return the numbers of a release such as `1.5.5`, `v1.4.4` or `1.6.0.dev12`; raises ValueError for other texts."""
    match = _NUMBERS.match(text)
    if match is None:
        raise ValueError(f"not a version of DuckDB: {text[:40]!r}")
    return int(match[1]), int(match[2]), int(match[3])


def since(version: str, *fields: Field) -> tuple[Field, ...]:
    """Return the fields as those of a provider that takes them since that DuckDB."""
    return tuple(replace(field, since=version) for field in fields)


def knows(version: Version, since: str | None) -> bool:
    """Whether a DuckDB has what is there since another."""
    return since is None or version >= parse_version(since)


def missing_kind(secret_type: SecretType, provider: Provider, version: Version) -> str | None:
    """Return the first DuckDB that has the type and the provider, or None where this one has both."""
    needed = [since for since in (secret_type.since, provider.since) if not knows(version, since)]
    return max(filter(None, needed), key=parse_version, default=None)


def unknown_fields(provider: Provider, names: Iterable[str], version: Version) -> tuple[Field, ...]:
    """Return those of the named fields that are parameters of the provider in newer versions of DuckDB only."""
    given = set(names)
    return tuple(field for field in provider.fields if field.name in given and not knows(version, field.since))
