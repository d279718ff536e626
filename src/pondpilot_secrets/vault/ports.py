"""What use cases need of one another: functions that the composition hands them, so that none imports another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from pondpilot_secrets.access.audit import Action
    from pondpilot_secrets.models import SecretCredentials

ReadSecrets: TypeAlias = "Callable[[Sequence[str], Action], list[SecretCredentials]]"
"""`SecretReader.read`: open secrets by name or id for an action; the caller closes them."""

Redact: TypeAlias = Callable[[str, Sequence[str]], str]
"""`Redactor.redact`: a text without any value of secrets, by name or id; never raises."""
