"""Where tests sleep or read the machine's clock, and why an injected clock would not do: the file, the call, the reason.

A test that waits is slow, and one with a bar in seconds fails on a busy machine; prefer a clock that is handed in, an event,
or a file that the other process writes. What measures a promise of speed has to read the clock, and says which promise.
"""

from __future__ import annotations

WAITS: dict[str, dict[str, str]] = {
    "tests/metadata/processes.py": {
        "sleep": "waits for another process to enter the queue of the write lock, of which nobody is told",
    },
}
