"""A warning when a secret is used that has expired, or is about to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pondpilot_secrets.models import expiry_in_words

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
                f"{secret.name!r} {expiry_in_words(secret.expires_at)}: renew it with `pond rotate`",
                SecretExpiryWarning,
                stacklevel=2,
            )
