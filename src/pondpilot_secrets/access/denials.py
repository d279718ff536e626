"""Which errors are denials: a rule said no, and nothing failed. The guard raises them, the audit log tells them apart."""

from __future__ import annotations

from pondpilot_secrets.errors import PolicyDeniedError, PresenceRefusedError, RateLimitExceededError

DENIALS = (PolicyDeniedError, PresenceRefusedError, RateLimitExceededError)
"""A missing grant or an inject-only secret, a person who did not confirm, and a rate limit."""


def is_denial(error: BaseException) -> bool:
    """Whether the error says that a rule forbade what was asked for."""
    return isinstance(error, DENIALS)
