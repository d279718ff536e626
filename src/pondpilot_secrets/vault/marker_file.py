"""A mark beside `metadata.db` that says which vault is here, for the day on which that file is empty or gone.

Without it an emptied file would pass for a new vault, and the secrets in the keychain would be nobody's.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MARK_FILE = "vault.id"


def leave(home: Path, vault_id: str) -> None:
    """Leave the mark, if it is not there; a folder that cannot be written to goes without."""
    with contextlib.suppress(OSError):
        descriptor = os.open(home / MARK_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, f"{vault_id}\n".encode())
        finally:
            os.close(descriptor)


def is_there(home: Path) -> bool:
    """Whether a vault was made in this folder."""
    return (home / MARK_FILE).exists()
