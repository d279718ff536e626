"""Scopes: the paths that a secret is for.

DuckDB compares a scope with a path as plain text, so `s3://bucket` would match `s3://bucket-evil/` too. A scope that
names a bucket or host therefore always ends in `/`.

The stored form is a tuple: empty for DuckDB's own default, which for a type with `scope_required` can only be asked for
as `*` and means everywhere. `display_scopes` turns it back into what a person would type.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pondpilot_secrets.errors import InvalidCredentialsError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pondpilot_secrets.secret_types.base import Fields, SecretType

EVERYWHERE = "*"
_LONGEST = 2000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_URL = re.compile(r"([a-z][a-z0-9+.\-]*://)([^/]*)(.*)", re.DOTALL | re.IGNORECASE)
_HOST_OF_QUACK = re.compile(r"quack:(\[[^\]]*\]|[^:/]*)")
_WEB = ("http://", "https://")


def normalise_scopes(
    secret_type: SecretType, scopes: str | Iterable[str] | None, fields: Fields | None = None
) -> tuple[str, ...]:
    """Return the scopes as they are stored: bucket and host ended with `/`, duplicates dropped, order kept.

    Without any, the type may derive them from the fields. Raises `InvalidCredentialsError` with `field="scope"` for a
    scope of another type's scheme, and for none at all where a secret would be sent to every host.
    """
    given = [scopes] if isinstance(scopes, str) else list(scopes or ())
    if EVERYWHERE in given:
        if len(given) > 1:
            raise _wrong("`*` means everywhere and cannot stand beside other scopes")
        return ()
    if not given and secret_type.derive_scopes is not None and fields is not None:
        given = list(secret_type.derive_scopes(fields))
    if not given and secret_type.scope_required:
        raise _wrong(
            f"a secret of type {secret_type.name} needs a scope, or it would be sent to every host",
            f"name where it belongs, such as {_example(secret_type)}, or say `*` for everywhere",
        )
    return tuple(dict.fromkeys(_normal(secret_type, scope) for scope in given))


def display_scopes(secret_type: SecretType, scopes: tuple[str, ...]) -> tuple[str, ...]:
    """Return stored scopes as a person would give them, so that they can be given back: `*` for everywhere."""
    return scopes or ((EVERYWHERE,) if secret_type.scope_required else ())


def _normal(secret_type: SecretType, scope: str) -> str:
    _check_text(scope)
    match = _URL.match(scope)
    if match:
        scope = match[1].lower() + match[2] + match[3]
    schemes = secret_type.scope_schemes
    if schemes and not scope.startswith(schemes):
        raise _wrong(
            f"a scope of type {secret_type.name} must start with {_listed(schemes)}", f"such as {_example(secret_type)}"
        )
    if not match:
        return _ended(scope)
    scheme, host, path = match[1].lower(), match[2], match[3]
    if scheme in _WEB:
        _check_web(secret_type, host, path)
    return f"{scheme}{host}/" if host and not path else scope


def _ended(scope: str) -> str:
    """End `quack:host` with the colon of the port, since as it is it would match `quack:host.example.net` too."""
    host = _HOST_OF_QUACK.fullmatch(scope)
    return f"{scope}:" if host and host[1] else scope


def _check_text(scope: str) -> None:
    if not scope:
        raise _wrong("a scope must not be empty", "leave it out, or say `*` for everywhere")
    if len(scope) > _LONGEST:
        raise _wrong(f"a scope must not have more than {_LONGEST} characters")
    if _CONTROL.search(scope) or scope != scope.strip():
        raise _wrong("a scope must not hold control characters, nor start or end with a space")
    if "*" in scope:
        raise _wrong("a scope is the beginning of paths, in which `*` has no meaning", "leave out the `*`")
    if any("\ud800" <= character <= "\udfff" for character in scope):
        raise _wrong("a scope must be valid Unicode")


def _check_web(secret_type: SecretType, host: str, path: str) -> None:
    if secret_type.scope_required and not host:
        raise _wrong("a scope must name a host", "say `*` where every host is meant")
    if "@" in host or "?" in host + path:
        raise _wrong("a scope must not hold a user, a password or a query, because scopes are not kept secret")


def _example(secret_type: SecretType) -> str:
    scheme = secret_type.scope_schemes[-1] if secret_type.scope_schemes else ""
    if scheme == "quack:":
        return "quack:duck.example.com:9494"
    return f"{scheme}api.example.com/" if scheme in _WEB else f"{scheme}my-bucket/"


def _listed(schemes: tuple[str, ...]) -> str:
    return schemes[0] if len(schemes) == 1 else f"{', '.join(schemes[:-1])} or {schemes[-1]}"


def _wrong(message: str, hint: str | None = None) -> InvalidCredentialsError:
    return InvalidCredentialsError(message, field="scope", hint=hint)
