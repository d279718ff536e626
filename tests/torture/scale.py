"""How much of everything: the short form in `make test`, the long one in `make torture`."""

from __future__ import annotations

import os

FULL = os.environ.get("TORTURE") == "full"


def scaled(full: int, short: int) -> int:
    """Give the number of rounds of this run."""
    return full if FULL else short
