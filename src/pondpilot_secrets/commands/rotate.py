"""Giving a secret new values, once they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pondpilot_secrets.commands.request import Request
from pondpilot_secrets.commands.results import ProbeOutcome, SecretInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets.commands.session import Session
    from pondpilot_secrets.secure import SecureString


@dataclass(frozen=True, slots=True)
class RotateRequest(Request["RotateResult"]):
    """The new values of a secret, tested before they are saved unless `test` is False; `timeout` is in seconds."""

    name: str
    fields: Mapping[str, SecureString | None]
    expires: str | None = None
    test: bool = True
    target: str | None = None
    timeout: float = 5.0


@dataclass(frozen=True, slots=True)
class RotateResult:
    """The rotated secret, what its test said, and what has the new values in the process that has the vault open.

    Attributes:
        secret: what is known of it now.
        test: what its test said, or None where there was none.
        instances: how many DuckDB instances have the new values.
        attached: the databases that were attached again.
        stale: the databases that still use the old values, because DuckDB could not attach them with the new ones.
        failed: why instances still have the old values, a sentence for each.
    """

    secret: SecretInfo
    test: ProbeOutcome | None
    instances: int
    attached: tuple[str, ...]
    stale: tuple[str, ...]
    failed: tuple[str, ...]


def rotate(session: Session, request: RotateRequest) -> RotateResult:
    """Rotate a secret; raises as `SecretsManager.rotate_secret` does."""
    from pondpilot_secrets import UNCHANGED

    rotation = session.manager.rotate_secret(
        request.name,
        request.fields,
        expires=UNCHANGED if request.expires is None else request.expires,
        test=request.test,
        target=request.target,
        timeout=request.timeout,
    )
    refreshed = rotation.refresh
    return RotateResult(
        SecretInfo.of(rotation.secret),
        None if rotation.test is None else ProbeOutcome.of(rotation.test),
        refreshed.instances,
        refreshed.attached,
        refreshed.stale,
        refreshed.failed,
    )
