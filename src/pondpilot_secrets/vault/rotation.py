"""Rotating a secret: the new value is tested before the old one is dropped, and brought to what uses it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pondpilot_secrets import log
from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import RotationRefusedError, SecretError
from pondpilot_secrets.injection.refresh import Refresh
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.vault.drafts import Unchanged

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pondpilot_secrets.metadata.store import MetadataStore
    from pondpilot_secrets.models import SecretCredentials, SecretMetadata, TestResult
    from pondpilot_secrets.vault.audit_trail import AuditTrail
    from pondpilot_secrets.vault.drafts import Changes
    from pondpilot_secrets.vault.guard import Guard


@dataclass(frozen=True, slots=True)
class ProbeOptions:
    """How a new value is tested: against which target, for how many seconds; `needed` False leaves it out."""

    needed: bool = True
    target: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotated secret, what its test said (None where there was none), and what was refreshed in this process."""

    secret: SecretMetadata
    test: TestResult | None
    refresh: Refresh


@dataclass(frozen=True, slots=True)
class RotationSteps:
    """What rotating takes of other use cases.

    Attributes:
        candidate: what a secret would be with other fields, without keeping it.
        probe: test credentials against a target for so many seconds, and close them.
        update: keep the changes of a secret.
        refresh: bring a secret's values to the DuckDB instances that have it.
    """

    candidate: Callable[[SecretMetadata, Mapping[str, Any]], SecretCredentials]
    probe: Callable[[SecretCredentials, str | None, float], TestResult]
    update: Callable[[str, Changes, Action], SecretMetadata]
    refresh: Callable[[str], Refresh]


class SecretRotation:
    """Rotates secrets for one caller."""

    def __init__(self, guard: Guard, metadata: MetadataStore, trail: AuditTrail, steps: RotationSteps) -> None:
        self._guard = guard
        self._metadata = metadata
        self._trail = trail
        self._steps = steps

    def rotate(self, name_or_id: str, changes: Changes, options: ProbeOptions) -> Rotation:
        """Test the changed secret, keep it if it works, and refresh it in the live instances of this process.

        Raises `RotationRefusedError` (1025) when it does not work, which leaves everything as it was.
        """
        self._guard.require(Grant.WRITE)
        old = self._metadata.find(name_or_id)
        result = self._test(old, changes, options) if options.needed else None
        secret = self._steps.update(old.id, changes, Action.ROTATE)
        return Rotation(secret, result, self._refresh(secret))

    def _test(self, old: SecretMetadata, changes: Changes, options: ProbeOptions) -> TestResult:
        self._guard.require(Grant.USE, old)  # a test hands what is stored to the target that is named
        self._guard.admit(Action.TEST, [old])
        given: Mapping[str, Any] = {} if isinstance(changes.fields, Unchanged) else changes.fields
        result = self._steps.probe(self._steps.candidate(old, given), options.target, options.timeout)
        if not result.ok:
            error = _refused(old, result)
            self._trail.try_to_record(Action.ROTATE, [old], error)
            raise error
        return result

    def _refresh(self, secret: SecretMetadata) -> Refresh:
        """Refresh what there is; the rotation is done by now, and does not fail for what cannot be refreshed."""
        try:
            return self._steps.refresh(secret.id)
        except SecretError as error:
            log.info("vault", "a rotated secret could not be refreshed: %s", error.message)
            return Refresh(failed=(error.message,))


def _refused(old: SecretMetadata, result: TestResult) -> RotationRefusedError:
    hint = result.hint
    if result.reason is TestReason.NO_TARGET:
        hint = "name one with --target, or rotate without a test: --no-test"
    return RotationRefusedError(
        f"the new value of {old.name!r} did not pass its test, and the old one stays: {result.message}", hint=hint
    )
