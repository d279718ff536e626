"""Holding a secret against the version of DuckDB that gets it.

A field that this version does not take in a secret is never dropped in silence: it goes into the ATTACH, where its type and
the field allow that, or the secret is refused.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import DuckDBIntegrationError
from pondpilot_secrets.secret_types.base import FieldKind
from pondpilot_secrets.secret_types.duckdb_versions import knows, missing_kind, parse_version, unknown_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.models import SecretCredentials
    from pondpilot_secrets.secret_types.base import Field, Fields, SecretType
    from pondpilot_secrets.secret_types.duckdb_versions import Version

_NO_WORDS: Mapping[str, str] = {}


@functools.cache
def running_version() -> Version:
    """Return the version of the DuckDB that this process has."""
    import duckdb

    return parse_version(duckdb.__version__)


def fields_to_create(
    secret: SecretCredentials, secret_type: SecretType, *, for_attach: bool, version: Version | None = None
) -> Fields:
    """Return the fields that the CREATE SECRET of a DuckDB takes, the running one when None.

    `for_attach` says that the secret is created to be attached at once: what goes into the ATTACH may be left out then.
    Raises `DuckDBIntegrationError` (1008) for a type, a provider or a field that this DuckDB does not have; it names the
    first DuckDB that has it.
    """
    version = running_version() if version is None else version
    provider = secret_type.provider(secret.metadata.provider)
    needed = missing_kind(secret_type, provider, version)
    if needed is not None:
        what = f"secrets of type {secret_type.name} with the provider {provider.name}"
        raise DuckDBIntegrationError(
            f"DuckDB {_text(version)} does not know {what}; DuckDB {needed} does", hint=_update(needed)
        )
    unknown = unknown_fields(provider, secret.credentials, version)
    left = _words_of(secret_type, unknown)
    refused = [field for field in unknown if not for_attach or field not in left]
    if refused:
        raise _refusal(secret, secret_type, refused, version, only_attach=all(field in left for field in refused))
    names = {field.name for field in left}
    return {name: value for name, value in secret.credentials.items() if name not in names}


def attach_words(
    secret: SecretCredentials,
    secret_type: SecretType,
    version: Version | None = None,
    further: Mapping[str, str] = _NO_WORDS,
) -> str:
    """Return what goes into the ATTACH for want of a parameter, as libpq reads it: `name='value'` words.

    None of it is sensitive. `further` words come last, which is what counts where libpq finds two.
    """
    version = running_version() if version is None else version
    provider = secret_type.provider(secret.metadata.provider)
    unknown = unknown_fields(provider, secret.credentials, version)
    words = {field.name: secret.credentials[field.name].expose() for field in _words_of(secret_type, unknown)}
    words |= further
    return " ".join(f"{name}={_quoted(value)}" for name, value in words.items())


def optional_extensions(secret_type: SecretType, version: Version | None = None) -> tuple[str, ...]:
    """Return the extensions without which a DuckDB, the running one when None, can still hold a secret of the type."""
    version = running_version() if version is None else version
    return secret_type.extensions if secret_type.core_since and knows(version, secret_type.core_since) else ()


def takes_parameter(secret: SecretCredentials, secret_type: SecretType, name: str) -> bool:
    """Whether the running DuckDB takes a parameter in a secret of this type and provider."""
    return not unknown_fields(secret_type.provider(secret.metadata.provider), [name], running_version())


def _words_of(secret_type: SecretType, unknown: tuple[Field, ...]) -> tuple[Field, ...]:
    """Those of the fields that can go into the ATTACH, whose text is in logs and in errors."""
    if secret_type.attach is None or not secret_type.attach.takes_words:
        return ()
    return tuple(field for field in unknown if not field.sensitive and field.kind is not FieldKind.REFERENCE)


def _refusal(
    secret: SecretCredentials, secret_type: SecretType, fields: list[Field], version: Version, *, only_attach: bool
) -> DuckDBIntegrationError:
    names = ", ".join(field.name for field in fields)
    needed = max((field.since or "" for field in fields), key=parse_version)
    if only_attach:
        return DuckDBIntegrationError(
            f"DuckDB {_text(version)} takes {names} only when a database is attached; DuckDB {needed} in a secret, too",
            hint=f"attach it instead of applying it, or {_update(needed)}",
        )
    removal = f"`pond edit {secret.metadata.name} {' '.join(f'{field.name}=' for field in fields)}`"
    return DuckDBIntegrationError(
        f"DuckDB {_text(version)} does not take {names} in a secret of type {secret_type.name}; DuckDB {needed} does",
        hint=f"{_update(needed)}, or remove what it lacks: {removal}",
    )


def _update(needed: str) -> str:
    return f"update DuckDB: `pip install 'duckdb>={needed}'`"


def _text(version: Version) -> str:
    return ".".join(map(str, version))


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
