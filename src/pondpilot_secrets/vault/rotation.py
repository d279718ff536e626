"""Rotating a secret: the new value is tried before the old one is dropped, and brought to whatever uses it here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pondpilot_secrets.access.audit import Action
from pondpilot_secrets.access.grants import Grant
from pondpilot_secrets.errors import RotationRefusedError, SecretError
from pondpilot_secrets.injection.refresh import Refresh
from pondpilot_secrets.models import TestReason
from pondpilot_secrets.vault import reader, writer
from pondpilot_secrets.vault.drafts import Unchanged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.models import SecretMetadata, TestResult
    from pondpilot_secrets.vault.drafts import Changes
    from pondpilot_secrets.vault.injection_service import Lender
    from pondpilot_secrets.vault.vault import Vault


@dataclass(frozen=True, slots=True)
class Trial:
    """How a new value is tried: against which target, for how many seconds; `needed` False leaves it out."""

    needed: bool = True
    target: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotated secret, what its test said (None where there was none), and what was refreshed in this process."""

    secret: SecretMetadata
    test: TestResult | None
    refresh: Refresh


def rotate(vault: Vault, lender: Lender, name_or_id: str, changes: Changes, trial: Trial) -> Rotation:
    """Try the changed secret, keep it if it works, and refresh it in the live instances of this process.

    Raises `RotationRefusedError` (1025) when it does not work, which leaves everything as it was.
    """
    vault.require(Grant.WRITE)
    old = vault.metadata.find(name_or_id)
    if trial.needed:  # a test hands what is stored to whatever target is named
        vault.require(Grant.USE, old)
    given: Mapping[str, Any] = {} if isinstance(changes.fields, Unchanged) else changes.fields
    result = None
    if trial.needed:
        reader.record(vault, [old], Action.TEST)
        result = lender.try_out(writer.candidate(vault, old, given), trial.target, trial.timeout)
        if not result.ok:
            raise _refused(vault, old, result)
    secret = writer.update(vault, old.id, changes, Action.ROTATE)
    return Rotation(secret, result, _refreshed(lender, secret))


def _refreshed(lender: Lender, secret: SecretMetadata) -> Refresh:
    """Refresh what there is; the rotation is done by now, and does not fail for what cannot be refreshed."""
    try:
        return lender.refresh(secret.id)
    except SecretError as error:
        return Refresh(failed=(error.message,))


def _refused(vault: Vault, old: SecretMetadata, result: TestResult) -> RotationRefusedError:
    hint = result.hint
    if result.reason is TestReason.NO_TARGET:
        hint = "name one with --target, or rotate without a test: --no-test"
    error = RotationRefusedError(
        f"the new value of {old.name!r} did not pass its test, and the old one stays: {result.message}", hint=hint
    )
    vault.record_quietly(Action.ROTATE, [old], error)
    return error
