"""What a check gives: how a thing is, in words, and how to fix it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a thing is: `warning` is worth knowing, `broken` keeps something from working."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What a check says of its subject, and how to fix what is wrong, or None."""

    subject: str
    health: Health
    message: str
    hint: str | None = None
