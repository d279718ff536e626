"""Putting new values in the place of old ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pondpilot_secrets import Rotation
    from pondpilot_secrets.commands.saving import FieldValue
    from pondpilot_secrets.commands.session import Session


@dataclass(frozen=True, slots=True)
class RotateRequest:
    """The new values of a secret, tried before they are kept unless `test` is False; `timeout` is in seconds."""

    name: str
    fields: Mapping[str, FieldValue | None] = field(repr=False)
    expires: str | None = None
    test: bool = True
    target: str | None = None
    timeout: float = 5.0


def rotate(session: Session, request: RotateRequest) -> Rotation:
    """Rotate a secret; raises as `SecretsManager.rotate_secret` does."""
    from pondpilot_secrets import UNCHANGED

    return session.manager.rotate_secret(
        request.name,
        request.fields,
        expires=UNCHANGED if request.expires is None else request.expires,
        test=request.test,
        target=request.target,
        timeout=request.timeout,
    )
