"""Whether a caller may do what it asks for: grants, user presence and rate limits, and the proof of it in the audit log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import PolicyDeniedError, RateLimitExceededError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pondpilot_secrets.access.audit import Action
    from pondpilot_secrets.access.grants import Access
    from pondpilot_secrets.access.rate_limits import RateLimiter
    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretMetadata
    from pondpilot_secrets.vault.audit_trail import AuditTrail

_DENIED_AS = {
    Grant.LIST: "show",
    Grant.USE: "use",
    Grant.REVEAL: "reveal",
    Grant.WRITE: "update",
    Grant.EXPORT: "export",
}
"""The action that a denial is recorded as."""

_NOT_LIMITED = ("show",)
_COUNTED = ("reveal", "use", "apply")
"""The actions that count as a use of a secret; looking at it and testing it do not."""


class Guard:
    """Authorises what one caller does, and leaves the proof for the log.

    `confirm_presence` asks for the person. `limiter` gives the limits as they are now, since another process may have
    changed them.
    """

    def __init__(
        self,
        access: Access,
        trail: AuditTrail,
        metadata: MetadataStore,
        confirm_presence: Callable[[str], str],
        limiter: Callable[[], RateLimiter],
    ) -> None:
        self._access = access
        self._trail = trail
        self._metadata = metadata
        self._limiter = limiter
        self._confirm_presence = confirm_presence

    def require(self, grant: Grant, *secrets: SecretMetadata) -> None:
        """Raise `PolicyDeniedError` (1011) where the grant is missing or a secret forbids it; the denial is recorded."""
        for secret in secrets or (None,):
            try:
                self._access.require(grant, secret)
            except PolicyDeniedError as error:
                self._trail.try_to_record(_DENIED_AS[grant], [secret], error)
                raise

    def confirm_presence(self, reason: str) -> str:
        """Make sure that the person is there, where this vault asks; returns how, in words for the log.

        `reason` goes on after the word "to". Raises `PresenceRefusedError` (1024).
        """
        return self._confirm_presence(reason)

    def require_rules_change(self) -> None:
        """Raise `PolicyDeniedError` (1011) unless the caller may change what protects the vault: its keys, its limits.

        Who may change them may reveal in bulk, so that takes the grant `export` beside `write`.
        """
        self.require(Grant.EXPORT)
        self.require(Grant.WRITE)

    def admit(self, action: Action, secrets: Sequence[SecretMetadata], proof: str | None = None) -> None:
        """Count and record an action in one transaction, so that what is not recorded is not done and the other way round.

        `proof` says in words how the person confirmed it. Raises `RateLimitExceededError` (1007), which is recorded once a
        window, and `AuditBrokenError` (1012).
        """
        from pondpilot_secrets.access.audit import AuditEntry

        limiter = self._limiter()
        try:
            with self._trail.transaction(durable=False) as log:
                if action == "reveal":
                    limiter.reveal(secrets)
                elif action not in _NOT_LIMITED:
                    limiter.use(len(secrets))
                if action in _COUNTED:
                    self._metadata.record_use([secret.id for secret in secrets], datetime.now(UTC))
                log.append([AuditEntry.of(action, secret, detail=proof) for secret in secrets])
        except RateLimitExceededError as error:
            if limiter.is_first_refusal(error):
                self._trail.try_to_record(action, secrets[:1] if error.key.startswith("reveal:") else [], error)
            raise
