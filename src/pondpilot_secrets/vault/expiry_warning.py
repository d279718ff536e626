"""When secrets expire: said in words, and warned of when one is used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pondpilot_secrets.models import SecretMetadata

SOON = timedelta(minutes=5)
"""How long before its end a secret that is used is warned of; `pond doctor` looks further ahead."""


class SecretExpiryWarning(UserWarning):
    """Issued when a secret is used that has expired, or will within minutes."""


def warn_of_expiry(used: Sequence[SecretMetadata]) -> None:
    """Issue a warning for each secret that is not good for much longer."""
    for secret in used:
        if secret.expires_at is not None and secret.expires_at - datetime.now(UTC) < SOON:
            import warnings

            warnings.warn(
                f"{secret.name!r} {in_words(secret.expires_at)}: renew it with `pond rotate`",
                SecretExpiryWarning,
                stacklevel=2,
            )


def in_words(moment: datetime, now: datetime | None = None) -> str:
    """Say when something expires or did: `expired 3 hours ago`, `expires in 20 minutes`."""
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    span = _span(abs(seconds))
    return f"expires in {span}" if seconds > 0 else f"expired {span} ago"


def _span(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "less than a minute"
