"""The table that `make bench` prints, in Markdown so that it can be pasted."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.measure import Row


def print_table(rows: Sequence[Row]) -> None:
    print("| what | ours | peer | ratio | bar | holds |")
    print("|---|---:|---:|---:|---:|---|")
    for row in rows:
        peer = "" if row.peer is None else f"{_time(row.peer)} ({row.peer_name})"
        ratio = "" if row.ratio is None else f"{row.ratio:.3f}"
        print(f"| {row.subject} | {_time(row.ours)} | {peer} | {ratio} {_bar(row)} |")


def _bar(row: Row) -> str:
    if row.bar is None:
        return "| | "
    most = _time(row.bar) if row.ratio is None else f"{row.bar:.2f}"
    return f"| ≤ {most} | {'yes' if row.holds else '**no**'}"


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    if seconds >= 0.001:
        return f"{seconds * 1e3:.2f} ms"
    return f"{seconds * 1e6:.1f} µs"
