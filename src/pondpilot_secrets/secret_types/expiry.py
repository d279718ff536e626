"""When credentials expire: as they tell it themselves (a JWT's `exp`, a temporary AWS key), or as they are saved with."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from pondpilot_secrets.errors import InvalidCredentialsError
from pondpilot_secrets.secure import SecureString, wipe

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pondpilot_secrets.secret_types.base import Fields, Provider

Expiry: TypeAlias = datetime | timedelta | str | None
"""A moment, a span from now, or text: ISO 8601 (`2026-12-31`, `2026-12-31T18:00Z`), `90m`, `12h`, `30d`, `8w`."""

NAMES = ("expiration", "expires", "expires_at", "expiry")
"""What the moment is called in what AWS STS and others print: accepted among the fields where it is none itself."""

LONGEST_STS_SESSION = timedelta(hours=36)
"""GetSessionToken gives at most 129,600 seconds, and no other call of AWS STS gives more (AWS STS API reference)."""

_JWT = re.compile(rb"eyJ[A-Za-z0-9_-]*\.([A-Za-z0-9_-]+)\.[A-Za-z0-9_-]*")
_EXP = re.compile(rb'"exp"\s*:\s*([0-9]{1,11})(?:\.[0-9]+)?\s*[,}]')
_SPAN = re.compile(r"([0-9]{1,5}) ?(m|h|d|w)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def expiry_of(fields: Fields, now: datetime) -> datetime | None:
    """Return when credentials expire at the latest, as far as they tell themselves.

    That is the earliest `exp` (RFC 7519) of the fields that are JWTs. A temporary AWS key, which begins with ASIA, does not
    tell its end; 36 hours after it was saved it has expired for certain.
    """
    moments = [moment for value in fields.values() if (moment := _of_jwt(value)) is not None]
    if not moments and "session_token" in fields and _begins(fields.get("key_id"), b"ASIA"):
        return now + LONGEST_STS_SESSION
    return min(moments, default=None)


def parse_expiry(given: Expiry, now: datetime) -> datetime | None:
    """Return the moment that was given, in UTC; None for `never` and for nothing.

    A moment without a time zone is local time. Raises `InvalidCredentialsError` (1003) for text that is neither a moment
    nor a span.
    """
    if isinstance(given, timedelta):
        return now + given
    if isinstance(given, str):
        text = given.strip()
        if text.lower() in ("", "never", "none"):
            return None
        span = _SPAN.fullmatch(text)
        try:
            given = now + int(span[1]) * _UNITS[span[2]] if span else datetime.fromisoformat(text)
            return given.astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidCredentialsError(
                "expires is neither a moment nor a span of time",
                field="expires",
                hint="give it as 2026-12-31, 2026-12-31T18:00Z, or as 90m, 12h, 30d from now",
            ) from None
    return None if given is None else given.astimezone(UTC)


def pop_expiry(provider: Provider, fields: Mapping[str, Any]) -> tuple[dict[str, Any], Expiry]:
    """Return the fields without the moment of expiry that stands among them, and that moment."""
    own = {name for field in provider.fields for name in (field.name, *field.aliases)}
    kept, found = dict(fields), None
    for name in fields:
        if name.strip().lower() in NAMES and name.strip().lower() not in own:
            value = kept.pop(name)
            found = value.expose() if isinstance(value, SecureString) else value
    return kept, found


def _begins(value: SecureString | None, prefix: bytes) -> bool:
    if value is None:
        return False
    with value.exposed() as view:
        return view[: len(prefix)] == prefix


def _of_jwt(value: SecureString) -> datetime | None:
    import binascii

    with value.exposed() as view:
        token = _JWT.fullmatch(view)
        if token is None:
            return None
        encoded = bytearray(view[slice(*token.span(1))])
        del token
    payload = b""
    try:
        padded = encoded.translate(_URL_SAFE) + b"=" * (-len(encoded) % 4)
        payload = binascii.a2b_base64(padded)
        wipe(padded)
        found = _EXP.search(payload)
        return None if found is None else datetime.fromtimestamp(int(found[1]), UTC)
    except (binascii.Error, ValueError, OverflowError, OSError):
        return None
    finally:
        wipe(encoded)
        wipe(payload)
