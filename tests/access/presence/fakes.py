"""A way of asking that does as a test says, and a place for tickets."""

from __future__ import annotations

import time
from pathlib import Path

from pondpilot_secrets.access.presence.base import ANSWER_DEADLINE, PresenceStatus


class FakeCheck:
    """Confirms, or raises `refusal`; counts how often it was asked."""

    def __init__(
        self, name: str = "a fake", refusal: Exception | None = None, *, available: bool = True, takes: float = 0
    ) -> None:
        self.name = name
        self.refusal = refusal
        self.is_available = available
        self.takes = takes
        self.asked: list[tuple[str, float]] = []

    def available(self) -> PresenceStatus:
        return PresenceStatus(self.is_available, self.name, None if self.is_available else "it is not there")

    def confirm(self, reason: str, deadline: float = ANSWER_DEADLINE) -> None:
        self.asked.append((reason, deadline))
        time.sleep(self.takes)
        if self.refusal is not None:
            raise self.refusal


class MemoryTickets:
    def __init__(self, text: str | None = None) -> None:
        self.text = text

    def get(self) -> str | None:
        return self.text

    def set(self, text: str | None) -> None:
        self.text = text


class FileTickets:
    """For several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self) -> str | None:
        return self._path.read_text() if self._path.exists() else None

    def set(self, text: str | None) -> None:
        self._path.write_text(text or "")
