"""How much of everything: the short form in `make test`, the long one in `make torture`."""

from __future__ import annotations

import os
from typing import TypeVar

FULL = os.environ.get("TORTURE") == "full"


Scale = TypeVar("Scale")


def scaled(full: Scale, short: Scale) -> Scale:
    """Give what this run takes: a number of rounds, or the cases to try."""
    return full if FULL else short
