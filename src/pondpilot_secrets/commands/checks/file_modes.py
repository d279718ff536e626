"""Whether files are closed to other users."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def open_to_others(path: Path) -> bool:
    """Whether anybody but its owner has any right to a file or folder; never on Windows, which has no such modes."""
    return sys.platform != "win32" and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
