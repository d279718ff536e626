"""Counting what became of the cases, for the figures at the end of the run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """Cases by outcome; `total` is all of them."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, outcome: str) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + 1

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def line(self, what: str) -> str:
        split = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(self.counts.items()))
        return f"{what}: {self.total:,} cases ({split})"
