"""How a time is taken: the best of several rounds, which is what the machine can do without its neighbours."""

from __future__ import annotations

import gc
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Times are in seconds; `bar` is what `ratio` (or, without a peer, `ours`) may be at most.

    A row without a bar is there to be known.
    """

    subject: str
    ours: float
    bar: float | None
    peer_name: str = ""
    peer: float | None = None

    @property
    def ratio(self) -> float | None:
        return None if self.peer is None else self.ours / self.peer

    @property
    def holds(self) -> bool:
        return self.bar is None or (self.ours if self.ratio is None else self.ratio) <= self.bar


def seconds_per_call(call: Callable[[], object], calls: int, rounds: int = 5) -> float:
    """The time of one call, in the best round of `calls`."""
    best = float("inf")
    gc.collect()
    for _ in range(rounds):
        start = time.perf_counter()
        for _ in range(calls):
            call()
        best = min(best, (time.perf_counter() - start) / calls)
    return best


def seconds_side_by_side(
    first: Callable[[], object], second: Callable[[], object], calls: int, rounds: int = 5
) -> tuple[float, float]:
    """The best times of two calls whose rounds alternate, so that both meet the same neighbours."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for which, call in enumerate((first, second)):
            best[which] = min(best[which], seconds_per_call(call, calls, rounds=1))
    return best[0], best[1]


def process(arguments: Sequence[str], environment: dict[str, str]) -> Callable[[], object]:
    """A whole process as a call; one that fails stops the benchmark."""

    def run() -> None:
        subprocess.run(arguments, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    return run
